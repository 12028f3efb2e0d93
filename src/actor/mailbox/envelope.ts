import { type Context, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import { keepShape } from "../../base/shapes.ts";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import type { Sender } from "../../telemetry/metrics/senders.ts";
import type { PendingAsk } from "./pending-ask.ts";
import type { AnyHandler, Route } from "./route.ts";

/** Placeholder for an argument that was not given, as opposed to one given as `undefined`. */
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

/** A message that carries more than a route, two arguments and a context. */
export class Envelope {
  readonly route: Route;
  first: unknown = ABSENT;
  second: unknown = ABSENT;
  /** All arguments, if there are more than two. */
  all: readonly unknown[] | undefined = undefined;
  /** OpenTelemetry context of the sender. */
  context: Context = ROOT_CONTEXT;
  /** Parent of the handler's span: the sender's span, or the ask's. */
  span: Span | undefined = undefined;
  /** Time of sending on the monotonic clock; `undefined` when this message is not timed. */
  sentAtMs: number | undefined = undefined;
  ask: PendingAsk | undefined = undefined;
  /** Who has sent it, if the context does not say that. */
  sender: Sender | undefined = undefined;
  /** Start of its handler. Set for timed messages once the handler awaits. */
  runningSinceMs: number | undefined = undefined;

  constructor(route: Route) {
    this.route = route;
  }

  /** Number of mailbox slots for its arguments: none, since the envelope carries them. */
  get slots(): 0 {
    return 0;
  }

  /** Sets the context of the sender. */
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

  /** Returns the arguments as the sender gave them. */
  args(): readonly unknown[] {
    return this.all ?? [this.first, this.second].filter((argument) => argument !== ABSENT);
  }
}

keepShape(new Envelope(undefined as never));
