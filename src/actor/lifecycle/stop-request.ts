/** How far the end of an actor has come; it only grows. */
export const StopRequest = {
  None: 0,
  /** It ends when what is queued has been handled. */
  Drain: 1,
  /** It ends after the message being handled. */
  Now: 2,
  /** It is being closed: no further request changes anything. */
  Closing: 3,
} as const;
export type StopRequest = (typeof StopRequest)[keyof typeof StopRequest];
