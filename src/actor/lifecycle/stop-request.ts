/** How an actor that is to end goes about what is still queued. */
export const StopRequest = { None: 0, Drain: 1, Now: 2 } as const;
export type StopRequest = (typeof StopRequest)[keyof typeof StopRequest];
