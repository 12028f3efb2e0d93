import { type Context, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import type { MessageSpanNames } from "../telemetry/actor-tracing.ts";
import type { MessageKind } from "../telemetry/attributes.ts";
import type { MessageMetrics, MessageSeries } from "../telemetry/message-series.ts";
import type { PendingAsk } from "./pending-ask.ts";

/** A handler with its context's state unknown: inside the runtime all states are. */
export type AnyHandler = (c: unknown, ...args: unknown[]) => unknown;

/** One message of one actor type in one system: its handler and all that its envelopes share. */
export interface MessageRuntime extends MessageSpanNames {
  readonly handler: AnyHandler;
  readonly metrics: MessageMetrics;
}

/** A message on its way: what to call, in whose trace, and who waits for the answer. */
export class Envelope {
  readonly message: MessageRuntime;
  readonly kind: MessageKind;
  readonly series: MessageSeries;
  /** Arguments: up to two in fields, since an array for each message is what a mailbox cannot afford. */
  argumentCount = 0;
  first: unknown = undefined;
  second: unknown = undefined;
  /** All arguments, when there are more than two. */
  all: readonly unknown[] | undefined = undefined;
  /** OpenTelemetry's context where the message was sent. */
  context: Context = ROOT_CONTEXT;
  /** Parent of the handler's span; from the start of the handler, the span it runs under. */
  span: Span | undefined = undefined;
  /** Whether `span` was opened for this message and has to be ended with it. */
  ownsSpan = false;
  /** When it was sent, on the monotonic clock; 0 when this message is not timed. */
  sentAtMs = 0;
  ask: PendingAsk | undefined = undefined;
  next: Envelope | undefined = undefined;

  constructor(message: MessageRuntime, kind: MessageKind) {
    this.message = message;
    this.kind = kind;
    this.series = message.metrics[kind];
  }

  /** Calls the handler. */
  call(c: unknown): unknown {
    switch (this.argumentCount) {
      case 0:
        return this.message.handler(c);
      case 1:
        return this.message.handler(c, this.first);
      case 2:
        return this.message.handler(c, this.first, this.second);
      default:
        return this.message.handler(c, ...(this.all ?? []));
    }
  }

  /** The arguments as the sender gave them. */
  args(): readonly unknown[] {
    return this.all ?? [this.first, this.second].slice(0, this.argumentCount);
  }
}
