import { type Context, context, metrics, SpanKind, trace } from "@opentelemetry/api";
import {
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import type { Subject } from "../subject.ts";
import { registerContextManager, registerMetrics, registerTracing } from "./open-telemetry.ts";
import { type BareCounter, type BareMessage, plainWith } from "./plain.ts";
import type { CounterMessage, PlainCounter } from "./plain-counter.ts";

/** The plain mailbox with telemetry added in the naive way, straight from the SDK's manual. */

/** A message and the OpenTelemetry context it was sent under. */
interface TracedMessage {
  readonly context: Context;
  readonly message: CounterMessage<TracedCounter>;
}

interface TracedCounter extends PlainCounter<TracedMessage> {}

/** An up-down counter for the depth of the mailbox: one `add` when a message comes, one when it goes. */
export function plainWithInstruments(): Subject<BareCounter> {
  const reader = registerMetrics();
  const depth = metrics.getMeter("limelight-bench").createUpDownCounter("mailbox.depth");
  return {
    ...plainWith<BareMessage>({
      enclose(message) {
        depth.add(1, { "actor.type": "counter" });
        return message;
      },
      open(state, message, handle) {
        depth.add(-1, { "actor.type": "counter" });
        handle(state, message);
      },
    }),
    metricSeries: () => reader.series(),
  };
}

/** The context travels in the message and is entered for the handler. */
export function plainWithContext(): Subject<TracedCounter> {
  registerContextManager();
  return plainWith<TracedMessage>({
    enclose: (message) => ({ context: context.active(), message }),
    open: (state, envelope, handle) =>
      context.with(envelope.context, handle, undefined, state, envelope.message),
  });
}

export function plainWithEverySpan(): Subject<TracedCounter> {
  return plainWithSpans(new AlwaysOnSampler());
}

export function plainWithSampledSpans(): Subject<TracedCounter> {
  return plainWithSpans(new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.01) }));
}

/** A span for each handler; an ask has a span of its caller too, as limelight's asks have. */
function plainWithSpans(sampler: Sampler): Subject<TracedCounter> {
  const spans = registerTracing(sampler);
  const tracer = trace.getTracer("limelight-bench");
  const attributes = (kind: string) => ({
    "actor.type": "counter",
    "actor.id": "counter/1",
    "message.name": kind,
  });
  return {
    ...plainWith<TracedMessage>({
      enclose: (message) => ({ context: context.active(), message }),
      open(state, envelope, handle) {
        const { message } = envelope;
        const options = { kind: SpanKind.CONSUMER, attributes: attributes(message.kind) };
        tracer.startActiveSpan(`counter ${message.kind}`, options, envelope.context, (span) => {
          handle(state, message);
          span.end();
        });
      },
      asking(ask) {
        const options = { kind: SpanKind.CLIENT, attributes: attributes("get") };
        return tracer.startActiveSpan("ask counter get", options, async (span) => {
          try {
            return await ask();
          } finally {
            span.end();
          }
        });
      },
    }),
    recordedSpans: () => spans.recorded,
  };
}
