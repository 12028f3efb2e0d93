import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";

/**
 * Returns `span` with every text in its status, attributes, events and links cut to `maxLength` characters.
 *
 * The number of attributes, events and links is unchanged.
 *
 * @returns `span` itself when no text is longer
 */
export function cutSpan(span: ReadableSpan, maxLength: number): ReadableSpan {
  const cut = <Text extends string | undefined>(text: Text): Text =>
    text !== undefined && text.length > maxLength ? (text.slice(0, maxLength) as Text) : text;
  const cutAll = <Held extends { readonly attributes?: Attributes }>(held: Held): Held => {
    const attributes = cutAttributes(held.attributes, maxLength);
    return attributes === held.attributes ? held : { ...held, attributes };
  };
  const { name, status } = span;
  const attributes = cutAttributes(span.attributes, maxLength) ?? {};
  const events = span.events.map(cutAll);
  const links = span.links.map(cutAll);
  const same =
    cut(name) === name &&
    cut(status.message) === status.message &&
    attributes === span.attributes &&
    events.every((event, at) => event === span.events[at]) &&
    links.every((link, at) => link === span.links[at]);
  if (same) return span;
  const { message } = status;
  // A spread would not copy them: most properties are getters of the span's class.
  return {
    name: cut(name),
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: { ...status, ...(message === undefined ? {} : { message: cut(message) }) },
    attributes,
    links,
    events,
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

function cutAttributes(
  attributes: Attributes | undefined,
  maxLength: number,
): Attributes | undefined {
  if (attributes === undefined) return undefined;
  let changed = false;
  const entries = Object.entries(attributes).map(([key, value]) => {
    const cut = cutValue(value, maxLength);
    changed ||= cut !== value;
    return [key, cut] as const;
  });
  return changed ? Object.fromEntries(entries) : attributes;
}

function cutValue(value: AttributeValue | undefined, maxLength: number): typeof value {
  if (typeof value === "string") {
    return value.length > maxLength ? value.slice(0, maxLength) : value;
  }
  if (!Array.isArray(value)) return value;
  const isLong = (item: unknown): boolean => typeof item === "string" && item.length > maxLength;
  if (!value.some(isLong)) return value;
  return value.map((item) => cutValue(item as string, maxLength)) as string[];
}

/**
 * Passes spans on with their texts cut to `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`. The SDK applies that limit to
 * attribute values only, but a status contains an error message of any length.
 */
export class CuttingProcessor implements SpanProcessor {
  readonly #next: SpanProcessor;
  readonly #maxLength: number;

  constructor(next: SpanProcessor, maxLength: number) {
    this.#next = next;
    this.#maxLength = maxLength;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.#next.onEnd(cutSpan(span, this.#maxLength));
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }
}
