import type { SpanRow } from "../../wire/answers.ts";
import { endOf } from "./critical-path.ts";

/** Lane of what no actor did: HTTP, the code that started it all. */
const OUTSIDE = "";

/** A span as a bar in a lane. */
export interface LaneBar {
  readonly span: SpanRow;
  /** Which line of its lane, 0 at the top: bars of one line never overlap. */
  readonly line: number;
  /** When its message was sent, where the wait is known; it is drawn hatched up to the start. */
  readonly sentAtMs: number | null;
}

/** All that one actor did in a trace. */
export interface Lane {
  /** Empty for what no actor did. */
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

/** From when to when a trace is drawn. */
export interface TimeScale {
  readonly startedAtMs: number;
  readonly totalMs: number;
}

/** A trace as a sequence diagram whose time goes to the right. */
export interface LaneChart {
  readonly lanes: readonly Lane[];
  readonly messages: readonly LaneMessage[];
}

/** Whose code a span is. An `ask` names its target as actor, and is its sender's. */
export function laneOf(span: SpanRow): string {
  if (!isAsk(span)) return span.actorId ?? OUTSIDE;
  const sender = span.attributes["actor.sender.id"];
  return typeof sender === "string" ? sender : OUTSIDE;
}

/** Whether the span is the caller's side of an ask. */
export function isAsk({ name }: SpanRow): boolean {
  return name.startsWith("ask ");
}

/** Lays out a trace's spans, which are in the order of their starts, one lane an actor in order of appearance. */
export function laneChart(spans: readonly SpanRow[]): LaneChart {
  const byLane = Map.groupBy(spans, laneOf);
  const lanes = [...byLane].map(([actorId, own]) => toLane(actorId, own, spans));
  return { lanes, messages: messagesOf(spans) };
}

/** Nothing is drawn shorter than that. */
const SHORTEST_MS = 0.001;

/** All of a trace, with the waits before its spans. */
export function wholeScale(spans: readonly SpanRow[]): TimeScale {
  if (spans.length === 0) return { startedAtMs: 0, totalMs: SHORTEST_MS };
  const starts = spans.map((span) => span.startedAtMs - (span.waitedMs ?? 0));
  const startedAtMs = starts.reduce((first, start) => Math.min(first, start));
  const endedAtMs = spans.map(endOf).reduce((last, end) => Math.max(last, end));
  return { startedAtMs, totalMs: Math.max(SHORTEST_MS, endedAtMs - startedAtMs) };
}

/** A trace as long as its root lasts: what goes on behind an answer may take much longer than it. */
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

/** The first line from `lowest` on that is free at `startedAtMs`. */
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

/** A message goes from a parent to a child in another lane, or from an ask to what handled it. */
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
