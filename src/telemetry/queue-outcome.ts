/**
 * What has become of a queue message that was handed out. `left`: neither completed nor put back before the life of its
 * actor ended.
 *
 * @enum
 */
export const QueueOutcome = {
  Completed: "completed",
  PutBack: "put_back",
  SetAside: "set_aside",
  Left: "left",
} as const;
export type QueueOutcome = (typeof QueueOutcome)[keyof typeof QueueOutcome];
