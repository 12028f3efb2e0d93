import {
  type Attributes,
  type Context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type Tracer,
} from "@opentelemetry/api";
import { baseOf, spanOf } from "../context/actor-scope.ts";
import { context as otel, SPAN_KEY, SUPPRESS_TRACING, trace } from "../context/api.ts";
import { randomSpanId, randomTraceId } from "../context/span-ids.ts";
import { checkedAttributes } from "./attribute-values.ts";
import { type AttributeSource, checkedLink, LeanSpan, type SpanOrigin } from "./lean-span.ts";
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
  readonly links: Link[] | undefined;
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
    if (isSuppressed(context)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const { sampler, idGenerator, limits, counts } = this.#parts;
    const before = spanOf(context)?.spanContext();
    const parent = before !== undefined && isSpanContextValid(before) ? before : undefined;
    const spanId = idGenerator?.generateSpanId();
    const traceId = parent?.traceId ?? idGenerator?.generateTraceId() ?? randomTraceId();
    const { kind = SpanKind.INTERNAL } = options;
    const links = options.links?.map((link) => checkedLink(link, limits));
    const own = checkedAttributes(options.attributes, Infinity, Infinity);
    const attributes = own.attributes ?? {};
    const result = sampler.shouldSample(context, traceId, name, kind, attributes, links ?? []);
    const { decision, traceState = parent?.traceState } = result;
    const ending = counts?.started(before, decision);
    const sampled = decision === SamplingDecision.RecordAndSampled;
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    if (decision === SamplingDecision.NotRecord) {
      const id = spanId ?? randomSpanId();
      return trace.wrapSpanContext(spanContextOf(traceId, id, traceFlags, traceState));
    }
    const kept = this.#limited(attributes, result.attributes);
    const dropped = (own.droppedAttributesCount ?? 0) + (kept.droppedAttributesCount ?? 0);
    const start = {
      name,
      kind,
      parent,
      traceId,
      spanId,
      traceFlags,
      traceState,
      attributes: kept.attributes,
      droppedAttributes: dropped,
      source: undefined,
      links,
      startTime: options.startTime,
      ending,
    };
    return new LeanSpan(this.#origin, start, context);
  }

  /**
   * Starts a span without reading its attributes.
   *
   * @returns `undefined` if only {@link startSpan} can tell whether it is recorded
   */
  startLazily(lazy: LazyStart, context: Context): LeanSpan | undefined {
    const { sampler, idGenerator, counts } = this.#parts;
    if (idGenerator !== undefined || counts !== undefined || sampler.decide === undefined) return;
    if (sampler.decide(context, lazy.parent) !== true || isSuppressed(context)) return;
    const { name, kind, source, links } = lazy;
    const parent = lazy.parent?.spanContext();
    const start = {
      name,
      kind,
      parent,
      traceId: parent?.traceId,
      spanId: undefined,
      traceFlags: TraceFlags.SAMPLED,
      traceState: parent?.traceState,
      attributes: undefined,
      droppedAttributes: 0,
      source,
      links,
      startTime: undefined,
      ending: undefined,
    };
    return new LeanSpan(this.#origin, start, context);
  }

  startActiveSpan<Work extends (span: Span) => unknown>(
    name: string,
    ...rest: readonly [Work] | readonly [SpanOptions, Work] | readonly [SpanOptions, Context, Work]
  ): ReturnType<Work> {
    const work = rest.at(-1) as Work;
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : {};
    const parent = rest.length > 2 ? (rest[1] as Context) : otel.active();
    const span = this.startSpan(name, options, parent);
    return otel.with(trace.setSpan(parent, span), () => work(span)) as ReturnType<Work>;
  }

  #limited(
    own: Attributes,
    sampled: Readonly<Attributes> | undefined,
  ): ReturnType<typeof checkedAttributes> {
    const { attributeCountLimit, attributeValueLengthLimit } = this.#parts.limits;
    const all = sampled === undefined ? own : { ...own, ...sampled };
    return checkedAttributes(all, attributeCountLimit, attributeValueLengthLimit);
  }
}

function spanContextOf(
  traceId: string,
  spanId: string,
  traceFlags: number,
  traceState: SpanContext["traceState"],
): SpanContext {
  return { traceId, spanId, traceFlags, traceState: traceState as never };
}

function isSuppressed(context: Context): boolean {
  return baseOf(context).getValue(SUPPRESS_TRACING) === true;
}
