import {
  type Attributes,
  type AttributeValue,
  type Context,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  TraceFlags,
} from "@opentelemetry/api";
import { diag } from "../context/api.ts";
import { randomTraceId } from "../context/span-ids.ts";
import {
  checkedAttributes,
  cutCopy,
  isAnyValue,
  isAttribute,
  isSimpleValue,
  lengthLimit,
} from "./attribute-values.ts";
import { checkedLink } from "./checked-link.ts";
import { openFields } from "./open-fields.ts";
import type {
  RecordedSpan,
  SpanEvent,
  SpanLimits,
  SpanResource,
  SpanScope,
  SpanSink,
} from "./sdk-shapes.ts";
import {
  anchoredHrTime,
  durationOf,
  hrTimeOf,
  isHrTime,
  isTime,
  type SpanClock,
} from "./span-clock.ts";
import { exceptionAttributes } from "./span-exception.ts";

/** What the spans of one tracer have in common. */
export interface SpanOrigin {
  readonly resource: SpanResource;
  readonly scope: SpanScope;
  readonly limits: SpanLimits;
  readonly sinks: readonly SpanSink[];
  readonly clock: SpanClock;
  readonly newSpanId: () => string;
}

/** Attributes that are composed when they are first read: of most spans few are, and late. They must not change. */
export interface AttributeSource {
  attributes(): Attributes;
}

/** How a {@link LeanSpan} begins. */
export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent: SpanContext | undefined;
  /** Its attributes, if it has none yet. */
  readonly source: AttributeSource | undefined;
  /** Checked already, and owned by the span from now on. */
  readonly links: Link[] | undefined;
  /** Default: what a span of a sampled trace has, made when it is first read. */
  readonly given: GivenStart | undefined;
}

/** What is settled about a span when it begins. */
export interface GivenStart {
  readonly traceId: string;
  /** `undefined` for an id that is made when it is first read. */
  readonly spanId: string | undefined;
  readonly traceFlags: number;
  readonly traceState: SpanContext["traceState"];
  /** Checked already, and owned by the span from now on. */
  readonly attributes: Attributes | undefined;
  readonly droppedAttributes: number;
  readonly startTime: TimeInput | undefined;
  /** Called when it ends. */
  readonly ending: (() => void) | undefined;
}

/** In place of the end on the monotonic clock. */
const NOT_ENDED = -1;

/**
 * A recorded span that costs little until it is read. It behaves as a span of OpenTelemetry's SDK, to the application, to
 * processors and to exporters.
 *
 * Its ids, times, attributes, events and links are made on demand. A span that is dropped, or that has ended without an
 * event, never makes them.
 */
export class LeanSpan implements Span, RecordedSpan {
  name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext: SpanContext | undefined;
  readonly #origin: SpanOrigin;
  readonly #source: AttributeSource | undefined;
  readonly #given: GivenStart | undefined;
  #spanContext: SpanContext | undefined = undefined;
  #attributes: Attributes | undefined;
  #attributeCount = -1;
  #droppedAttributes: number;
  #links: Link[] | undefined;
  #droppedLinks = 0;
  #events: SpanEvent[] | undefined = undefined;
  #droppedEvents = 0;
  #status: SpanStatus | undefined = undefined;
  /** On the monotonic clock. */
  readonly #startedMs: number;
  #endedMs = NOT_ENDED;
  /** The wall clock minus the monotonic one. */
  readonly #offsetMs: number;
  #startTime: HrTime | undefined;
  #endTime: HrTime | undefined = undefined;
  #ended = false;

  /** @param context given to the processors, as the context in which it begins */
  constructor(origin: SpanOrigin, start: SpanStart, context: Context) {
    const { clock, limits, sinks } = origin;
    const { name, kind, parent, source, links, given } = start;
    this.#origin = origin;
    this.#source = source;
    this.#given = given;
    this.name = name;
    this.kind = kind;
    this.parentSpanContext = parent;
    this.#startedMs = clock.nowMs();
    this.#offsetMs = clock.offsetMs(this.#startedMs);
    const startTime = given?.startTime;
    this.#startTime = startTime === undefined ? undefined : this.#timeOf(startTime);
    this.#attributes = given?.attributes;
    this.#droppedAttributes = given?.droppedAttributes ?? 0;
    this.#links = links;
    const excess = (links?.length ?? 0) - limits.linkCountLimit;
    if (excess > 0) {
      this.#links = links?.slice(excess);
      this.#droppedLinks = excess;
    }
    for (const sink of sinks) sink.onStart(this, context);
  }

  spanContext(): SpanContext {
    this.#spanContext ??= this.#identify();
    return this.#spanContext;
  }

  /** Whether its trace is sampled; makes no ids. */
  get isSampled(): boolean {
    return this.#given === undefined || (this.#given.traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  get resource(): SpanResource {
    return this.#origin.resource;
  }

  get instrumentationScope(): SpanScope {
    return this.#origin.scope;
  }

  get attributes(): Attributes {
    return this.#attributes ?? this.#composeAttributes();
  }

  /** Processors that redact replace what they have read: the SDK's spans have fields, which can be written. */
  set attributes(attributes: Attributes) {
    this.#attributes = attributes;
    this.#attributeCount = -1;
  }

  get droppedAttributesCount(): number {
    if (this.#attributes === undefined) this.#composeAttributes();
    return this.#droppedAttributes;
  }

  get links(): Link[] {
    this.#links ??= [];
    return this.#links;
  }

  get droppedLinksCount(): number {
    return this.#droppedLinks;
  }

  get events(): SpanEvent[] {
    this.#events ??= [];
    return this.#events;
  }

  get droppedEventsCount(): number {
    return this.#droppedEvents;
  }

  get status(): SpanStatus {
    this.#status ??= { code: SpanStatusCode.UNSET };
    return this.#status;
  }

  set status(status: SpanStatus) {
    this.#status = status;
  }

  get startTime(): HrTime {
    this.#startTime ??= anchoredHrTime(this.#offsetMs, this.#startedMs);
    return this.#startTime;
  }

  get endTime(): HrTime {
    if (!this.#hasEnd) return [0, 0];
    this.#endTime ??= anchoredHrTime(this.#offsetMs, this.#endedMs);
    return this.#endTime;
  }

  get duration(): HrTime {
    return this.#hasEnd ? durationOf(this.startTime, this.endTime) : [-1, -1];
  }

  get ended(): boolean {
    return this.#ended;
  }

  isRecording(): boolean {
    return !this.#ended;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.#isOver() || value === undefined) return this;
    const attributes = this.#attributes ?? this.#composeAttributes();
    if (this.#attributeCount < 0) this.#attributeCount = Object.keys(attributes).length;
    const { attributeCountLimit, attributeValueLengthLimit } = this.#origin.limits;
    const isNew = !Object.hasOwn(attributes, key);
    if (isNew && key !== "" && this.#attributeCount >= attributeCountLimit) {
      if (this.#droppedAttributes === 0) diag.warn("a span has too many attributes");
      this.#droppedAttributes += 1;
    } else if (isAttribute(key, value, isAnyValue)) {
      const limit = lengthLimit(attributeValueLengthLimit);
      attributes[key] = cutCopy(value, limit) as AttributeValue;
      if (isNew) this.#attributeCount += 1;
    }
    return this;
  }

  setAttributes(attributes: Attributes): this {
    // As the SDK: callers without types pass on what they were not given.
    for (const [key, value] of Object.entries(attributes ?? {})) {
      this.setAttribute(key, value as AttributeValue);
    }
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.#isOver()) return this;
    const { eventCountLimit, attributePerEventCountLimit, attributeValueLengthLimit } =
      this.#origin.limits;
    if (!this.#makeRoom(this.events, eventCountLimit)) {
      this.#droppedEvents += 1;
      return this;
    }
    const isTimed = isTime(attributesOrTime);
    const at = isTimed && !isTime(time) ? attributesOrTime : time;
    const given = isTimed ? undefined : attributesOrTime;
    this.events.push({
      name,
      time: this.#timeOf(at),
      ...checkedAttributes(
        given,
        attributePerEventCountLimit,
        attributeValueLengthLimit,
        isSimpleValue,
      ),
    });
    return this;
  }

  addLink(link: Link): this {
    if (this.#isOver()) return this;
    const { linkCountLimit } = this.#origin.limits;
    const { length } = this.links;
    if (length >= linkCountLimit) this.#droppedLinks += 1;
    if (linkCountLimit === 0) return this;
    if (length >= linkCountLimit) this.links.shift();
    this.links.push(checkedLink(link, this.#origin.limits));
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus({ code, message }: SpanStatus): this {
    if (this.#isOver() || code === SpanStatusCode.UNSET) return this;
    if (this.#status?.code === SpanStatusCode.OK) return this;
    const text = code === SpanStatusCode.ERROR && typeof message === "string";
    this.#status = text ? { code, message } : { code };
    return this;
  }

  updateName(name: string): this {
    if (!this.#isOver()) this.name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const attributes = exceptionAttributes(exception);
    if (attributes === undefined) diag.warn("an exception without a type and a message is dropped");
    else this.addEvent("exception", attributes, time);
  }

  end(endTime?: TimeInput): void {
    if (this.#isOver()) return;
    if (endTime === undefined && this.#given?.startTime === undefined) {
      this.#endedMs = this.#origin.clock.nowMs();
    } else {
      this.#endTime = this.#timeOf(endTime);
      if (durationOf(this.startTime, this.#endTime)[0] < 0) {
        diag.warn("a span ends before it starts; its duration becomes 0");
        this.#endTime = [...this.startTime];
      }
    }
    this.#passOn();
  }

  /** Whether its end is known, which it is somewhat before it counts as ended. */
  get #hasEnd(): boolean {
    return this.#endedMs !== NOT_ENDED || this.#endTime !== undefined;
  }

  #passOn(): void {
    const { sinks } = this.#origin;
    if (this.#droppedEvents > 0) diag.warn(`a span has dropped ${this.#droppedEvents} events`);
    if (this.#droppedLinks > 0) diag.warn(`a span has dropped ${this.#droppedLinks} links`);
    for (const sink of sinks) sink.onEnding?.(this);
    this.#given?.ending?.();
    this.#ended = true;
    for (const sink of sinks) sink.onEnd(this);
  }

  #identify(): SpanContext {
    const parent = this.parentSpanContext;
    const traceId = this.#given?.traceId ?? parent?.traceId ?? randomTraceId();
    const spanId = this.#given?.spanId ?? this.#origin.newSpanId();
    const traceFlags = this.#given === undefined ? TraceFlags.SAMPLED : this.#given.traceFlags;
    const traceState = this.#given === undefined ? parent?.traceState : this.#given.traceState;
    return { traceId, spanId, traceFlags, traceState } as SpanContext;
  }

  #composeAttributes(): Attributes {
    const { attributeCountLimit, attributeValueLengthLimit } = this.#origin.limits;
    const composed = this.#source?.attributes();
    const checked = checkedAttributes(composed, attributeCountLimit, attributeValueLengthLimit);
    this.#attributes = checked.attributes ?? {};
    this.#droppedAttributes += checked.droppedAttributesCount ?? 0;
    return this.#attributes;
  }

  /** Makes room for one more, at the expense of the oldest. Returns false where none is allowed. */
  #makeRoom(events: SpanEvent[], limit: number): boolean {
    if (limit === 0) return false;
    if (events.length >= limit) {
      events.shift();
      this.#droppedEvents += 1;
    }
    return true;
  }

  #timeOf(input: TimeInput | undefined): HrTime {
    const { clock } = this.#origin;
    if (isHrTime(input)) return input;
    if (input instanceof Date) return hrTimeOf(input.getTime());
    if (typeof input === "number") {
      // Small numbers are times of the monotonic clock.
      const isMonotonic = input <= clock.nowMs();
      return isMonotonic ? anchoredHrTime(this.#offsetMs, input) : hrTimeOf(input);
    }
    if (this.#given?.startTime !== undefined) return hrTimeOf(clock.epochMs());
    return anchoredHrTime(this.#offsetMs, clock.nowMs());
  }

  #isOver(): boolean {
    if (this.#ended) {
      diag.warn(`the span ${this.name} has ended, and cannot change any more`, new Error("late"));
    }
    return this.#ended;
  }
}

openFields(LeanSpan.prototype);
