import type { SpanRow } from "../../wire/answers.ts";

/** A stretch of time in which a span was what everything waited for. */
export interface CriticalStretch {
  readonly spanId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** When a span ended. */
export function endOf({ startedAtMs, durationMs }: SpanRow): number {
  return startedAtMs + durationMs;
}

/** The spans below each span, by their start; those whose parent is not there are below `null`. */
export function childrenOf(
  spans: readonly SpanRow[],
): ReadonlyMap<string | null, readonly SpanRow[]> {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentSpanId }) =>
    parentSpanId !== null && ids.has(parentSpanId) ? parentSpanId : null,
  );
  for (const list of children.values()) list.sort((a, b) => a.startedAtMs - b.startedAtMs);
  return children;
}

/**
 * What the root's duration is made of, newest stretch last: at each moment the span that had to go on for
 * the root to come to its end. Found from the end: the child that ended last before it was waited for, and
 * what is between children is the span's own. An ask that outlives its asker's patience counts as far as
 * that went; tells, tasks and starts that outlive their sender were not waited for.
 */
export function criticalPath(spans: readonly SpanRow[]): readonly CriticalStretch[] {
  const children = childrenOf(spans);
  const root = children.get(null)?.[0];
  if (root === undefined) return [];
  const stretches: CriticalStretch[] = [];
  const seen = new Set<string>();
  const open: Waited[] = [{ span: root, until: endOf(root) }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.span.spanId)) continue;
    seen.add(next.span.spanId);
    const { own, below } = splitUp(next, children.get(next.span.spanId) ?? []);
    stretches.push(...own);
    open.push(...below);
  }
  return stretches.sort((a, b) => a.startedAtMs - b.startedAtMs);
}

/** A span that was waited for until then. */
interface Waited {
  readonly span: SpanRow;
  readonly until: number;
}

/** Which of a span's time was its own, and which of its children it waited for, from the end to the start. */
function splitUp(
  { span, until }: Waited,
  children: readonly SpanRow[],
): { readonly own: readonly CriticalStretch[]; readonly below: readonly Waited[] } {
  const { spanId, startedAtMs } = span;
  const own: CriticalStretch[] = [];
  const below: Waited[] = [];
  let cursor = until;
  for (const child of byEnd(children, until)) {
    const end = Math.min(endOf(child), until);
    if (end > cursor || child.startedAtMs >= cursor) continue;
    if (end < cursor) own.push({ spanId, startedAtMs: end, endedAtMs: cursor });
    below.push({ span: child, until: end });
    cursor = Math.max(child.startedAtMs, startedAtMs);
  }
  if (cursor > startedAtMs) own.push({ spanId, startedAtMs, endedAtMs: cursor });
  return { own, below };
}

/** Those that had begun by then and may have been waited for, the last to end first. */
function byEnd(children: readonly SpanRow[], until: number): SpanRow[] {
  return children
    .filter((child) => child.startedAtMs < until && !(endOf(child) > until && isDetached(child)))
    .sort((a, b) => Math.min(endOf(b), until) - Math.min(endOf(a), until));
}

/** Whether a span is of something its sender does not wait for by itself. */
function isDetached({ kind, actorId, attributes }: SpanRow): boolean {
  return (
    kind === "consumer" || (actorId !== null && attributes["actor.message.kind"] === undefined)
  );
}
