import type { AnyMessages, MessageNamesTaking, OwnHandlers } from "./messages.ts";

/** A source of items over time. A promise yields one item. */
export type PipeItems<Item> = AsyncIterable<Item> | ReadableStream<Item> | PromiseLike<Item>;

/**
 * The source of `c.pipe`: items, or a function that returns them. The signal passed to the function is
 * aborted when the pipe ends. It is the only way to cancel a wait that is already in progress.
 */
export type PipeSource<Item> = PipeItems<Item> | ((signal: AbortSignal) => PipeItems<Item>);

/** Options of `c.pipe`, for an actor with the declared messages `Own`. */
export interface PipeOptions<Own = AnyMessages> {
  /** Kind of the reading task, as used on metrics. Default `pipe`. */
  readonly kind?: string;
  /** Name of a message without arguments that is sent after the last item. Default: no message. */
  readonly onEnd?: MessageNamesTaking<OwnHandlers<Own>, []>;
  /** Name of the message that receives an error of the source. Default: the error is a task failure. */
  readonly onError?: MessageNamesTaking<OwnHandlers<Own>, [Error]>;
  /** Number of unhandled items at which reading pauses. Default 16. */
  readonly maxInFlight?: number;
}
