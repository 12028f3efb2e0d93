/**
 * When the changes of an ask are stored.
 *
 * @enum
 */
export const SaveMode = {
  /** Before the reply is given. A reply means that the changes are stored. */
  BeforeReply: "before_reply",
  /** Within `saveIntervalMs`, independently of the reply. A crash loses the changes of that time. */
  Interval: "interval",
} as const;
export type SaveMode = (typeof SaveMode)[keyof typeof SaveMode];
