/** Anything that gives items in the course of time: a promise gives one. */
export type PipeItems<Item> = AsyncIterable<Item> | ReadableStream<Item> | PromiseLike<Item>;

/**
 * What `c.pipe` reads: items, or a function that gives them. The function is told by its signal when the
 * pipe ends, which is the only way to call off a wait that has begun.
 */
export type PipeSource<Item> = PipeItems<Item> | ((signal: AbortSignal) => PipeItems<Item>);

/** Options of `c.pipe`. */
export interface PipeOptions {
  /** Kind of the task that reads; it stands on metrics. Default `pipe`. */
  readonly kind?: string;
  /** The message, without arguments, that follows the last item. */
  readonly onEnd?: string;
  /** The message that gets the source's error. Without one the error is a failure of a task. */
  readonly onError?: string;
  /** How many items may be unhandled before no further one is asked for. Default 16. */
  readonly maxInFlight?: number;
}
