import { type Context, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import type { PendingAsk } from "./pending-ask.ts";
import type { Route } from "./route.ts";

/** Stands for an argument the sender did not give; `undefined` is one that was given. */
const ABSENT: unique symbol = Symbol("limelight.absent");

/**
 * A message on its way: what to call, in whose trace, and who waits for the answer.
 *
 * There is one object for each message and nothing beside it: up to two arguments are fields, and the
 * list through a mailbox is `next`. The fewer fields, the less a backlog costs the garbage collector.
 */
export class Envelope {
  readonly route: Route;
  first: unknown = ABSENT;
  second: unknown = ABSENT;
  /** All arguments, when there are more than two. */
  all: readonly unknown[] | undefined = undefined;
  /** OpenTelemetry's context where the message was sent. */
  context: Context = ROOT_CONTEXT;
  /** Parent of the handler's span: the sender's span, or the ask's. */
  span: Span | undefined = undefined;
  /** When it was sent, on the monotonic clock; `undefined` when this message is not timed. */
  sentAtMs: number | undefined = undefined;
  ask: PendingAsk | undefined = undefined;
  next: Envelope | undefined = undefined;

  constructor(route: Route) {
    this.route = route;
  }

  /** Puts the arguments in. */
  pack(args: ArrayLike<unknown>): void {
    const { length } = args;
    if (length > 2) {
      this.all = Array.from(args);
      return;
    }
    if (length > 0) this.first = args[0];
    if (length > 1) this.second = args[1];
  }

  /** Calls the handler. */
  call(c: unknown): unknown {
    const { handler } = this.route;
    if (this.all !== undefined) return handler(c, ...this.all);
    if (this.first === ABSENT) return handler(c);
    if (this.second === ABSENT) return handler(c, this.first);
    return handler(c, this.first, this.second);
  }

  /** The arguments as the sender gave them. */
  args(): readonly unknown[] {
    return this.all ?? [this.first, this.second].filter((argument) => argument !== ABSENT);
  }
}
