import type { SpanRow } from "../../wire/answers.ts";

/** A period in which a span was on the critical path. */
export interface CriticalStretch {
  readonly spanId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Returns the end of a span. */
export function endOf({ startedAtMs, durationMs }: SpanRow): number {
  return startedAtMs + durationMs;
}

/** Returns the children of each span, by start. Spans whose parent is missing are listed under `null`. */
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
 * Returns the critical path, newest stretch last: at each moment, the span that delayed the end of the root.
 *
 * The path is computed backwards from the root's end: it follows the child that ended last before the current
 * moment, and attributes the gaps between children to the span itself. An ask that outlives its caller counts
 * up to the caller's time-out. Tells, tasks and starts that outlive their sender are not waited for.
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

/** A span that is waited for until the given moment. */
interface Waited {
  readonly span: SpanRow;
  readonly until: number;
}

/** Divides a span's time into its own and that of the children it waited for, from the end to the start. */
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

/** Returns the children that had started by then and may have been waited for, latest end first. */
function byEnd(children: readonly SpanRow[], until: number): SpanRow[] {
  return children
    .filter((child) => child.startedAtMs < until && !(endOf(child) > until && isDetached(child)))
    .sort((a, b) => Math.min(endOf(b), until) - Math.min(endOf(a), until));
}

/** Whether the sender does not wait for the span. */
function isDetached({ kind, actorId, attributes }: SpanRow): boolean {
  return (
    kind === "consumer" || (actorId !== null && attributes["actor.message.kind"] === undefined)
  );
}
