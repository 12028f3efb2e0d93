import type { Attributes, HrTime, Link, SpanKind } from "@opentelemetry/api";
import { SpanStatusCode } from "@opentelemetry/api";
import { Attribute } from "../../telemetry/attributes.ts";
import type { EndedSpan } from "../../telemetry/process-taps.ts";

/** Measured memory of a kept span without its texts. */
const SPAN_BYTES = 400;
const ATTRIBUTE_BYTES = 32;
const LINK_BYTES = 150;
const MAX_STATUS = 1_000;

/**
 * The part of a span that is kept. The SDK's object is not kept, because it retains its processors and
 * events.
 */
export class KeptSpan {
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** Whether it has no parent in this process. */
  readonly isRoot: boolean;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly status: SpanStatusCode;
  readonly statusMessage: string | undefined;
  readonly attributes: Attributes;
  readonly links: readonly Link[];

  /** @param redact redacts secrets in a text */
  constructor(ended: EndedSpan, redact: (text: string) => string) {
    const parent = ended.parentSpanContext;
    this.spanId = ended.spanContext().spanId;
    this.parentSpanId = parent?.spanId;
    this.isRoot = parent === undefined || parent.isRemote === true;
    this.name = redact(ended.name);
    this.kind = ended.kind;
    this.startedAtMs = toMs(ended.startTime);
    this.durationMs = toMs(ended.duration);
    this.status = ended.status.code;
    const { message } = ended.status;
    // Redact before truncating: in a truncated URL, credentials may no longer be recognizable.
    this.statusMessage =
      message === undefined
        ? undefined
        : redact(message.slice(0, MAX_STATUS * 4)).slice(0, MAX_STATUS);
    this.attributes = ended.attributes;
    this.links = ended.links;
  }

  get failed(): boolean {
    return this.status === SpanStatusCode.ERROR;
  }

  get actorId(): string | undefined {
    const id = this.attributes[Attribute.ActorId];
    return typeof id === "string" ? id : undefined;
  }

  get actorType(): string | undefined {
    const type = this.attributes[Attribute.ActorType];
    return typeof type === "string" ? type : undefined;
  }

  /** Estimated memory in bytes, rather too high than too low. */
  get bytes(): number {
    let bytes = SPAN_BYTES + this.links.length * LINK_BYTES + textBytes(this.name);
    bytes += textBytes(this.statusMessage);
    for (const key in this.attributes) bytes += ATTRIBUTE_BYTES + valueBytes(this.attributes[key]);
    return bytes;
  }
}

function toMs([seconds, nanoseconds]: HrTime): number {
  return seconds * 1_000 + nanoseconds / 1e6;
}

function textBytes(text: string | undefined): number {
  return text === undefined ? 0 : text.length * 2;
}

function valueBytes(value: Attributes[string]): number {
  if (typeof value === "string") return textBytes(value);
  if (!Array.isArray(value)) return 8;
  let bytes = 16;
  for (const item of value) bytes += 8 + (typeof item === "string" ? textBytes(item) : 0);
  return bytes;
}
