/** Progress of the end of an actor; the value only increases. */
export const StopRequest = {
  None: 0,
  /** The actor ends after the queued messages. */
  Drain: 1,
  /** The actor ends after the message being handled. */
  Now: 2,
  /** The actor is being closed; further requests have no effect. */
  Closing: 3,
} as const;
export type StopRequest = (typeof StopRequest)[keyof typeof StopRequest];
