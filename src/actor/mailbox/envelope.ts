import { type Context, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import { keepShape } from "../../base/shapes.ts";
import { spanOf } from "../../telemetry/actor-scope.ts";
import type { PendingAsk } from "./pending-ask.ts";
import type { AnyHandler, Route } from "./route.ts";

/** Stands for an argument the sender did not give; `undefined` is one that was given. */
export const ABSENT: unique symbol = Symbol("limelight.absent");

/** Calls `handler` with as many arguments as were given. */
export function callHandler(
  handler: AnyHandler,
  c: unknown,
  first: unknown,
  second: unknown,
): unknown {
  if (first === ABSENT) return handler(c);
  if (second === ABSENT) return handler(c, first);
  return handler(c, first, second);
}

/** A message on its way that has more to carry than a route, two arguments and a context. */
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
  /** When its handler began, once it awaits and where messages are timed. */
  runningSinceMs: number | undefined = undefined;

  constructor(route: Route) {
    this.route = route;
  }

  /** Slots that its arguments take in a mailbox: it carries them itself. */
  get slots(): 0 {
    return 0;
  }

  /** Says where the message comes from. */
  address(context: Context): void {
    if (context === ROOT_CONTEXT) return;
    this.context = context;
    this.span = spanOf(context);
  }

  /** Calls the handler. */
  call(c: unknown): unknown {
    const { handler } = this.route;
    if (this.all !== undefined) return handler(c, ...this.all);
    return callHandler(handler, c, this.first, this.second);
  }

  /** The arguments as the sender gave them. */
  args(): readonly unknown[] {
    return this.all ?? [this.first, this.second].filter((argument) => argument !== ABSENT);
  }
}

keepShape(new Envelope(undefined as never));
