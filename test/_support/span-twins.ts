import {
  type Attributes,
  type Context,
  createTraceState,
  type Exception,
  type HrTime,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type TimeInput,
  trace,
} from "@opentelemetry/api";
import {
  type IdGenerator,
  type ReadableSpan,
  type Sampler,
  TracerProvider as SdkProvider,
  type SpanLimits,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace";
import { TracerProvider } from "../../src/telemetry.ts";

/** What an application does to a span, as data. */
export type SpanStep =
  | { readonly do: "attribute"; readonly key: string; readonly value: unknown }
  | { readonly do: "attributes"; readonly attributes: Attributes }
  | {
      readonly do: "event";
      readonly name: string;
      readonly attributes?: Attributes | TimeInput | undefined;
      readonly time?: TimeInput | undefined;
    }
  | { readonly do: "link"; readonly links: Link[] }
  | { readonly do: "status"; readonly status: SpanStatus }
  | { readonly do: "name"; readonly name: string }
  | { readonly do: "exception"; readonly exception: Exception; readonly time?: TimeInput }
  | { readonly do: "end"; readonly time?: TimeInput | undefined };

/** What a provider is given, and what happens to one span of it. */
export interface SpanCase {
  readonly limits: SpanLimits;
  readonly parent: SpanContext | undefined;
  readonly name: string;
  readonly options: SpanOptions;
  readonly result: ReturnType<Sampler["shouldSample"]> | undefined;
  readonly steps: readonly SpanStep[];
}

/** Ids that count up, so that both providers make the same. */
class CountingIds implements IdGenerator {
  #made = 0;

  generateTraceId(): string {
    return this.#next(32);
  }

  generateSpanId(): string {
    return this.#next(16);
  }

  #next(digits: number): string {
    this.#made += 1;
    return this.#made.toString(16).padStart(digits, "0");
  }
}

/** Keeps what a processor sees, as it is at the time. */
class Witness implements SpanProcessor {
  readonly seen: unknown[] = [];

  onStart(span: ReadableSpan, context: Context): void {
    this.seen.push(["start", seenOf(span), trace.getSpanContext(context)]);
  }

  onEnding(span: ReadableSpan): void {
    this.seen.push(["ending", seenOf(span)]);
  }

  onEnd(span: ReadableSpan): void {
    this.seen.push(["end", seenOf(span)]);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

/** Times of the clock differ from span to span; those that are given do not. */
const OWN_TIMES = 1_000_000_000;

function timeOf(time: HrTime): HrTime | string {
  return time[0] < OWN_TIMES ? [...time] : "clock";
}

function durationOf({ startTime, endTime, duration }: ReadableSpan): HrTime | boolean {
  const isGiven = timeOf(startTime) !== "clock" && timeOf(endTime) !== "clock";
  return isGiven ? duration : duration[0] < 0;
}

function seenOf(span: ReadableSpan): object {
  return {
    name: span.name,
    kind: span.kind,
    spanContext: { ...span.spanContext() },
    parentSpanContext: span.parentSpanContext,
    startTime: timeOf(span.startTime),
    endTime: timeOf(span.endTime),
    duration: durationOf(span),
    status: { ...span.status },
    attributes: structuredClone(span.attributes),
    links: structuredClone(
      span.links.map(({ context, ...link }) => ({ ...link, id: context.spanId })),
    ),
    events: structuredClone(span.events.map((event) => ({ ...event, time: timeOf(event.time) }))),
    ended: span.ended,
    scope: { ...span.instrumentationScope },
    dropped: [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount],
  };
}

/** Does the same with a span of limelight and with one of the SDK, and returns what each has shown. */
export function spanTwins(theCase: SpanCase): readonly [lean: unknown, sdk: unknown] {
  return [run(theCase, TracerProvider), run(theCase, SdkProvider)];
}

type AnyProvider = new (options: {
  spanProcessors: SpanProcessor[];
  idGenerator: IdGenerator;
  spanLimits: SpanLimits;
  sampler?: Sampler;
}) => { getTracer(name: string, version?: string): ReturnType<SdkProvider["getTracer"]> };

function run(theCase: SpanCase, Provider: AnyProvider): unknown {
  const { limits, parent, name, options, result, steps } = theCase;
  const witness = new Witness();
  const asked: unknown[] = [];
  const sampler: Sampler | undefined = result && {
    shouldSample: (_context, traceId, ...rest) => {
      asked.push(structuredClone([traceId, ...rest.slice(0, 3)]));
      return copyOf(result);
    },
    toString: () => "given",
  };
  const provider = new Provider({
    spanProcessors: [witness],
    idGenerator: new CountingIds(),
    spanLimits: limits,
    ...(sampler === undefined ? {} : { sampler }),
  });
  const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  const span = provider.getTracer("twins", "1.0.0").startSpan(name, { ...options }, context);
  const recording = steps.map((step) => {
    take(span, step);
    return span.isRecording();
  });
  return { asked, recording, context: { ...span.spanContext() }, seen: witness.seen };
}

/** A provider may add to what the sampler returns. */
function copyOf(result: ReturnType<Sampler["shouldSample"]>): ReturnType<Sampler["shouldSample"]> {
  const { attributes, ...rest } = result;
  return attributes === undefined ? rest : { ...rest, attributes: { ...attributes } };
}

function take(span: Span, step: SpanStep): void {
  switch (step.do) {
    case "attribute":
      span.setAttribute(step.key, step.value as string);
      return;
    case "attributes":
      span.setAttributes(step.attributes);
      return;
    case "event":
      span.addEvent(step.name, step.attributes, step.time);
      return;
    case "link":
      span.addLinks(step.links);
      return;
    case "status":
      span.setStatus(step.status);
      return;
    case "name":
      span.updateName(step.name);
      return;
    case "exception":
      span.recordException(step.exception, step.time);
      return;
    case "end":
      span.end(step.time);
  }
}

export const TRACE_STATE: ReturnType<typeof createTraceState> = createTraceState("vendor=1");
