import type { SpanRow } from "../../wire/answers.ts";
import { endOf } from "./critical-path.ts";

/** Lane of spans that belong to no actor, such as HTTP requests. */
const OUTSIDE = "";

/** A span as a bar in a lane. */
export interface LaneBar {
  readonly span: SpanRow;
  /** Row within the lane, 0 at the top. Bars in the same row never overlap. */
  readonly line: number;
  /** When its message was sent, if the wait is known. The wait is drawn hatched, up to the start. */
  readonly sentAtMs: number | null;
}

/** All spans of one actor in a trace. */
export interface Lane {
  /** Empty for spans that belong to no actor. */
  readonly actorId: string;
  readonly actorType: string | null;
  readonly bars: readonly LaneBar[];
  readonly lines: number;
}

/** A message from one bar to another. */
interface LaneMessage {
  readonly fromSpanId: string;
  readonly toSpanId: string;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/** The period over which a trace is drawn. */
export interface TimeScale {
  readonly startedAtMs: number;
  readonly totalMs: number;
}

/** A trace as a sequence diagram with time from left to right. */
export interface LaneChart {
  readonly lanes: readonly Lane[];
  readonly messages: readonly LaneMessage[];
}

/** Returns the lane of a span. An `ask` span names its target as actor, but belongs to its sender. */
export function laneOf(span: SpanRow): string {
  if (!isAsk(span)) return span.actorId ?? OUTSIDE;
  const sender = span.attributes["actor.sender.id"];
  return typeof sender === "string" ? sender : OUTSIDE;
}

/** Whether the span is the caller's side of an ask. */
export function isAsk({ name }: SpanRow): boolean {
  return name.startsWith("ask ");
}

/** Lays out spans, which must be sorted by start: one lane for each actor, in order of appearance. */
export function laneChart(spans: readonly SpanRow[]): LaneChart {
  const byLane = Map.groupBy(spans, laneOf);
  const lanes = [...byLane].map(([actorId, own]) => toLane(actorId, own, spans));
  return { lanes, messages: messagesOf(spans) };
}

/** Minimum drawn duration. */
const SHORTEST_MS = 0.001;

/** Returns the scale of the whole trace, including the waits before its spans. */
export function wholeScale(spans: readonly SpanRow[]): TimeScale {
  if (spans.length === 0) return { startedAtMs: 0, totalMs: SHORTEST_MS };
  const starts = spans.map((span) => span.startedAtMs - (span.waitedMs ?? 0));
  const startedAtMs = starts.reduce((first, start) => Math.min(first, start));
  const endedAtMs = spans.map(endOf).reduce((last, end) => Math.max(last, end));
  return { startedAtMs, totalMs: Math.max(SHORTEST_MS, endedAtMs - startedAtMs) };
}

/** Returns a scale that ends with the root. Work that continues after the reply may take much longer. */
export function rootScale(spans: readonly SpanRow[]): TimeScale {
  const root = spans.find(({ parentSpanId }) => parentSpanId === null) ?? spans[0];
  if (root === undefined) return wholeScale(spans);
  const startedAtMs = root.startedAtMs - (root.waitedMs ?? 0);
  return { startedAtMs, totalMs: Math.max(SHORTEST_MS, endOf(root) - startedAtMs) };
}

function toLane(actorId: string, own: readonly SpanRow[], all: readonly SpanRow[]): Lane {
  const lineEnds: number[] = [];
  const lineOf = new Map<string, number>();
  const bars = own.toSorted(byStart).map((span): LaneBar => {
    const sentAtMs = span.waitedMs === null ? null : span.startedAtMs - span.waitedMs;
    const above = lineOf.get(span.parentSpanId ?? "");
    const line = freeLine(
      lineEnds,
      sentAtMs ?? span.startedAtMs,
      above === undefined ? 0 : above + 1,
    );
    lineEnds[line] = Math.max(endOf(span), span.startedAtMs);
    lineOf.set(span.spanId, line);
    return { span, line, sentAtMs };
  });
  return {
    actorId,
    actorType: typeOf(actorId, own, all),
    bars,
    lines: Math.max(1, lineEnds.length),
  };
}

/** Returns the first row from `lowest` on that is free at `startedAtMs`. */
function freeLine(lineEnds: number[], startedAtMs: number, lowest: number): number {
  let line = lowest;
  while ((lineEnds[line] ?? Number.NEGATIVE_INFINITY) > startedAtMs) line += 1;
  for (let at = lineEnds.length; at < line; at += 1) lineEnds[at] = Number.NEGATIVE_INFINITY;
  return line;
}

function typeOf(actorId: string, own: readonly SpanRow[], all: readonly SpanRow[]): string | null {
  if (actorId === OUTSIDE) return null;
  const named = own.find((span) => !isAsk(span)) ?? all.find((span) => span.actorId === actorId);
  const slash = actorId.indexOf("/");
  return named?.actorType ?? (slash === -1 ? null : actorId.slice(0, slash));
}

/**
 * Returns the messages: from a parent to a child in another lane, or from an ask to the span that handled it.
 */
function messagesOf(spans: readonly SpanRow[]): LaneMessage[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.flatMap((span) => {
    const parent = byId.get(span.parentSpanId ?? "");
    if (parent === undefined || laneOf(parent) === laneOf(span)) return [];
    const sentAtMs = Math.max(parent.startedAtMs, span.startedAtMs - (span.waitedMs ?? 0));
    return [
      {
        fromSpanId: parent.spanId,
        toSpanId: span.spanId,
        sentAtMs,
        receivedAtMs: span.startedAtMs,
      },
    ];
  });
}

function byStart(a: SpanRow, b: SpanRow): number {
  return a.startedAtMs - b.startedAtMs || endOf(b) - endOf(a);
}
