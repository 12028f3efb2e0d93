import type {
  Attributes,
  Context,
  HrTime,
  Link,
  Span,
  SpanContext,
  SpanKind,
  SpanStatus,
} from "@opentelemetry/api";

/*
 * What limelight's spans share with those of OpenTelemetry's SDK, in its words. Samplers, processors, exporters and
 * resources of SDK 2.x and 3.x have these shapes, so limelight takes them without an SDK of its own.
 */

/** What a resource must show; further members are passed on untouched. */
export interface SpanResource {
  readonly attributes: Attributes;
}

/** What has created a span: the name and the version of a library. */
export interface SpanScope {
  readonly name: string;
  readonly version?: string | undefined;
  readonly schemaUrl?: string | undefined;
}

/** An event of a span. */
export interface SpanEvent {
  readonly time: HrTime;
  readonly name: string;
  readonly attributes?: Attributes;
  readonly droppedAttributesCount?: number;
}

/** A span as processors and exporters read it: the SDK's `ReadableSpan`. */
export interface RecordedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: () => SpanContext;
  readonly parentSpanContext?: SpanContext | undefined;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: Link[];
  readonly events: SpanEvent[];
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly resource: SpanResource;
  readonly instrumentationScope: SpanScope;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** What spans are passed to: the SDK's `SpanProcessor`. */
export interface SpanSink {
  onStart(span: Span & RecordedSpan, parentContext: Context): void;
  onEnding?(span: Span & RecordedSpan): void;
  onEnd(span: RecordedSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The SDK's `SamplingDecision`; the numbers are part of its public types. */
export const SamplingDecision = { NotRecord: 0, Record: 1, RecordAndSampled: 2 } as const;

/** The SDK's `SamplingResult`. */
export interface SamplingResult {
  readonly decision: number;
  readonly attributes?: Readonly<Attributes> | undefined;
  readonly traceState?: SpanContext["traceState"];
}

/** What decides about new spans: the SDK's `Sampler`. */
export interface SpanSampler {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult;
  toString(): string;
  /**
   * Decides without ids, if it can: whether a span in `context` is recorded and sampled. limelight's own samplers have it.
   *
   * @param parent the span that the new one is a child of
   * @param drawn whether it starts a trace that has been drawn from all already
   */
  decide?(context: Context, parent: Span | undefined, drawn: boolean): boolean | undefined;
}

/** What makes ids: the SDK's `IdGenerator`. */
export interface SpanIdGenerator {
  generateTraceId(): string;
  generateSpanId(): string;
}

/** Limits of spans, all set: the SDK's `SpanLimits`. */
export interface SpanLimits {
  readonly attributeValueLengthLimit: number;
  readonly attributeCountLimit: number;
  readonly linkCountLimit: number;
  readonly eventCountLimit: number;
  readonly attributePerEventCountLimit: number;
  readonly attributePerLinkCountLimit: number;
}
