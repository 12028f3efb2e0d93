import {
  type Attributes,
  type Context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type Tracer,
} from "@opentelemetry/api";
import { baseOf, spanOf } from "../context/actor-scope.ts";
import {
  LateTracer,
  context as otel,
  SPAN_KEY,
  type SpanSource,
  SUPPRESS_TRACING,
  trace,
} from "../context/api.ts";
import { markDecided } from "../context/decided.ts";
import { randomSpanId, randomTraceId } from "../context/span-ids.ts";
import { checkedAttributes } from "./attribute-values.ts";
import { checkedLink } from "./checked-link.ts";
import { type AttributeSource, LeanSpan, type SpanOrigin } from "./lean-span.ts";
import { SamplingDecision, type SpanIdGenerator, type SpanSampler } from "./sdk-shapes.ts";
import type { TracerCounts } from "./tracer-counts.ts";

/** What the tracers of one provider have in common. */
export interface TracerParts extends Omit<SpanOrigin, "scope" | "newSpanId"> {
  readonly sampler: SpanSampler;
  /** The application's, if it has one. It is asked when a span starts, in the order in which the SDK asks. */
  readonly idGenerator: SpanIdGenerator | undefined;
  readonly counts: TracerCounts | undefined;
}

/** A span that starts with attributes which are composed later. */
export interface LazyStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly source: AttributeSource;
  /** `undefined` for a span without a parent. */
  readonly parent: Span | undefined;
  /** Without attributes. */
  readonly links: Link[] | undefined;
  /** Whether it starts a trace that has been drawn from all already. */
  readonly drawn: boolean;
}

/** Creates {@link LeanSpan}s as a tracer of OpenTelemetry's SDK creates its spans. */
export class LeanTracer implements Tracer {
  readonly #parts: TracerParts;
  readonly #origin: SpanOrigin;

  constructor(parts: TracerParts, scope: SpanOrigin["scope"]) {
    const { idGenerator } = parts;
    const newSpanId = idGenerator === undefined ? randomSpanId : () => idGenerator.generateSpanId();
    this.#parts = parts;
    this.#origin = { ...parts, scope, newSpanId };
  }

  startSpan(name: string, options: SpanOptions = {}, given: Context = otel.active()): Span {
    const context = options.root === true ? given.deleteValue(SPAN_KEY) : given;
    const { limits } = this.#parts;
    const links = options.links?.map((link) => checkedLink(link, limits));
    const { attributes, startTime } = options;
    const kind = options.kind ?? SpanKind.INTERNAL;
    return this.#ask({ name, kind, attributes, links, startTime }, context);
  }

  /**
   * Starts a span whose attributes are composed later. The sampler does not see them.
   *
   * @param context its active span is `lazy.parent`
   */
  startLazily(lazy: LazyStart, context: Context): Span {
    const { sampler, idGenerator, counts } = this.#parts;
    const { name, kind, source, links, parent: span } = lazy;
    const isPlain = idGenerator === undefined && counts === undefined && !isSuppressed(context);
    if (!isPlain || !isUsable(span) || sampler.decide?.(context, span, lazy.drawn) !== true) {
      const marked = lazy.drawn ? markDecided(context) : context;
      return this.#ask({ name, kind, source, links }, marked);
    }
    const parent = span?.spanContext();
    const start = { name, kind, parent, source, links, given: undefined };
    return new LeanSpan(this.#origin, start, context);
  }

  startActiveSpan<Work extends (span: Span) => unknown>(
    name: string,
    ...rest: readonly [Work] | readonly [SpanOptions, Work] | readonly [SpanOptions, Context, Work]
  ): ReturnType<Work> {
    const work = rest.at(-1) as Work;
    const options = (rest.length > 1 ? (rest[0] as SpanOptions | undefined) : undefined) ?? {};
    const given = rest.length > 2 ? (rest[1] as Context | undefined) : undefined;
    const parent = given ?? otel.active();
    const span = this.startSpan(name, options, parent);
    return otel.with(trace.setSpan(parent, span), () => work(span)) as ReturnType<Work>;
  }

  /** Starts a span as the sampler says. */
  #ask(asked: AskedStart, context: Context): Span {
    if (isSuppressed(context)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const { name, kind, source, links, startTime } = asked;
    const { sampler, idGenerator, counts } = this.#parts;
    const before = spanOf(context)?.spanContext();
    const parent = before !== undefined && isSpanContextValid(before) ? before : undefined;
    const spanId = idGenerator?.generateSpanId();
    const traceId = parent?.traceId ?? idGenerator?.generateTraceId() ?? randomTraceId();
    const own = checkedAttributes(asked.attributes, Infinity, Infinity);
    const attributes = own.attributes ?? {};
    const result = sampler.shouldSample(context, traceId, name, kind, attributes, links ?? []);
    const { decision, traceState = parent?.traceState } = result;
    const ending = counts?.started(before, decision);
    const sampled = decision === SamplingDecision.RecordAndSampled;
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    if (decision === SamplingDecision.NotRecord) {
      const id = spanId ?? randomSpanId();
      return trace.wrapSpanContext({ traceId, spanId: id, traceFlags, traceState } as SpanContext);
    }
    const isLazy = source !== undefined && result.attributes === undefined;
    const kept = isLazy
      ? {}
      : this.#limited({ ...attributes, ...result.attributes, ...source?.attributes() });
    const given = {
      traceId,
      spanId,
      traceFlags,
      traceState,
      attributes: kept.attributes,
      droppedAttributes: (own.droppedAttributesCount ?? 0) + (kept.droppedAttributesCount ?? 0),
      startTime,
      ending,
    };
    const rest = { name, kind, parent, links };
    const start = { ...rest, source: isLazy ? source : undefined, given };
    return new LeanSpan(this.#origin, start, context);
  }

  #limited(attributes: Attributes): ReturnType<typeof checkedAttributes> {
    const { attributeCountLimit, attributeValueLengthLimit } = this.#parts.limits;
    return checkedAttributes(attributes, attributeCountLimit, attributeValueLengthLimit);
  }
}

/** What is known of a span before the sampler is asked. */
interface AskedStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes?: Attributes | undefined;
  readonly source?: AttributeSource;
  readonly links: Link[] | undefined;
  readonly startTime?: SpanOptions["startTime"];
}

/** Returns whether `parent` may be one without its ids being checked further. */
function isUsable(parent: Span | undefined): boolean {
  if (parent === undefined || parent instanceof LeanSpan) return true;
  return isSpanContextValid(parent.spanContext());
}

/** Returns the tracer that `source` stands for if it is one of limelight's. */
export function leanTracerOf(source: SpanSource): LeanTracer | undefined {
  const tracer = source instanceof LateTracer ? source.current : source;
  return tracer instanceof LeanTracer ? tracer : undefined;
}

function isSuppressed(context: Context): boolean {
  const base = baseOf(context);
  return base !== ROOT_CONTEXT && base.getValue(SUPPRESS_TRACING) === true;
}
