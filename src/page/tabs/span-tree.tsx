import type { JSX } from "preact";
import { durationText } from "../../viewer/format.ts";
import { childrenOf } from "../../viewer/traces/critical-path.ts";
import { isAsk } from "../../viewer/traces/trace-lanes.ts";
import type { SpanRow } from "../../wire/answers.ts";
import { TimeAxis } from "./time-axis.tsx";
import type { SpansProps } from "./trace-lanes-view.tsx";

const INDENT = 14;
/** Maximum number of spans drawn: more would be illegible and slow. */
const MAX_SPANS = 1_000;

interface Branch {
  readonly span: SpanRow;
  readonly level: number;
}

/** A trace as a tree of spans. */
export function SpanTree({ spans, scale, critical, selected, onSelect }: SpansProps): JSX.Element {
  const branches = inTreeOrder(spans);
  const { startedAtMs, totalMs } = scale;
  const onPath = new Set(critical.map(({ spanId }) => spanId));
  const share = (ms: number): string => `${(ms / totalMs) * 100}%`;
  return (
    <div class="spans">
      <div class="spans-corner faint">
        {branches.length < spans.length ? `first ${MAX_SPANS} of ${spans.length}` : ""}
      </div>
      <TimeAxis totalMs={totalMs} />
      {branches.map(({ span, level }) => (
        <button
          key={span.spanId}
          type="button"
          class={`span-row${span.status === "error" ? " span-failed" : ""}`}
          aria-pressed={span.spanId === selected}
          onClick={() => onSelect(span.spanId)}
        >
          <span class="span-name" style={{ paddingLeft: `${level * INDENT}px` }}>
            <span class="ellipsis">{span.name}</span>
          </span>
          <span class="span-field">
            {span.waitedMs === null ? null : (
              <span
                class="bar-wait"
                style={{
                  left: share(span.startedAtMs - span.waitedMs - startedAtMs),
                  width: share(span.waitedMs),
                }}
              />
            )}
            <span
              class={`bar ${isAsk(span) ? "bar-ask" : "bar-work"}${onPath.has(span.spanId) ? " bar-on-path" : ""}`}
              style={{ left: share(span.startedAtMs - startedAtMs), width: share(span.durationMs) }}
            />
            <span class="span-duration">{durationText(span.durationMs)}</span>
          </span>
        </button>
      ))}
    </div>
  );
}

/** Traverses the tree without recursion: traces may be deeper than the call stack allows. */
function inTreeOrder(spans: readonly SpanRow[]): Branch[] {
  const children = childrenOf(spans);
  const branches: Branch[] = [];
  const open = (children.get(null) ?? []).toReversed().map((span): Branch => ({ span, level: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (branches.length >= MAX_SPANS) break;
    branches.push(next);
    const level = next.level + 1;
    for (const span of (children.get(next.span.spanId) ?? []).toReversed())
      open.push({ span, level });
  }
  return branches;
}
