import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { Attribute } from "../../telemetry/attributes.ts";
import type { SpanRow, TraceRow } from "../../wire/answers.ts";
import type { KeptSpan } from "./kept-span.ts";

const KINDS: Readonly<Record<SpanKind, string>> = {
  [SpanKind.INTERNAL]: "internal",
  [SpanKind.SERVER]: "server",
  [SpanKind.CLIENT]: "client",
  [SpanKind.PRODUCER]: "producer",
  [SpanKind.CONSUMER]: "consumer",
};
const STATUSES: Readonly<Record<SpanStatusCode, string>> = {
  [SpanStatusCode.UNSET]: "unset",
  [SpanStatusCode.OK]: "ok",
  [SpanStatusCode.ERROR]: "error",
};

/** The fields that a trace's row is derived from. */
interface TraceParts {
  readonly traceId: string;
  readonly spans: readonly KeptSpan[];
  readonly droppedSpans: number;
}

/** Returns a trace as a row of a list. */
export function traceRow({ traceId, spans, droppedSpans }: TraceParts): TraceRow {
  let [startedAtMs, endedAtMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let errors = 0;
  let root: KeptSpan | undefined;
  let earliest: KeptSpan | undefined;
  for (const span of spans) {
    if (span.startedAtMs < startedAtMs) {
      startedAtMs = span.startedAtMs;
      earliest = span;
    }
    endedAtMs = Math.max(endedAtMs, span.startedAtMs + span.durationMs);
    if (span.failed) errors += 1;
    if (span.isRoot && !(root !== undefined && root.startedAtMs <= span.startedAtMs)) root = span;
  }
  const actorTypes = new Set(spans.map(({ actorType }) => actorType));
  const none = spans.length === 0;
  return {
    traceId,
    name: (root ?? earliest)?.name ?? "",
    startedAtMs: none ? 0 : startedAtMs,
    durationMs: none ? 0 : toMicroseconds(endedAtMs - startedAtMs),
    spans: spans.length,
    errors,
    actorTypes: [...actorTypes].filter((type) => type !== undefined),
    complete: root !== undefined,
    ...(droppedSpans > 0 ? { droppedSpans } : {}),
  };
}

/** Returns the spans sorted by start time; of equal starts, parents come first. */
export function spanRows(spans: readonly KeptSpan[]): SpanRow[] {
  const depths = depthsOf(spans);
  const depth = ({ spanId }: KeptSpan): number => depths.get(spanId) ?? 0;
  return spans
    .toSorted((one, other) => one.startedAtMs - other.startedAtMs || depth(one) - depth(other))
    .map(spanRow);
}

function spanRow(span: KeptSpan): SpanRow {
  const waited = span.attributes[Attribute.WaitMs];
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? null,
    name: span.name,
    kind: KINDS[span.kind] ?? "internal",
    startedAtMs: span.startedAtMs,
    durationMs: toMicroseconds(span.durationMs),
    status: STATUSES[span.status] ?? "unset",
    statusMessage: span.statusMessage ?? null,
    actorId: span.actorId ?? null,
    actorType: span.actorType ?? null,
    waitedMs: typeof waited === "number" ? waited : null,
    attributes: span.attributes,
    links: span.links.map(({ context: { traceId, spanId } }) => ({ traceId, spanId })),
  };
}

/** Returns the number of ancestors of each span. */
function depthsOf(spans: readonly KeptSpan[]): ReadonlyMap<string, number> {
  const parents = new Map(spans.map(({ spanId, parentSpanId }) => [spanId, parentSpanId]));
  const depths = new Map<string, number>();
  for (const { spanId } of spans) {
    const path = new Set<string>();
    let at: string | undefined = spanId;
    // Ids may come from other processes, so a cycle of parents must not cause an infinite loop.
    while (at !== undefined && parents.has(at) && !depths.has(at) && !path.has(at)) {
      path.add(at);
      at = parents.get(at);
    }
    let depth = at === undefined ? 0 : (depths.get(at) ?? 0) + 1;
    for (const id of [...path].reverse()) {
      depths.set(id, depth);
      depth += 1;
    }
  }
  return depths;
}

/** Rounds milliseconds to three decimals: more would be noise and lengthen the JSON. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
