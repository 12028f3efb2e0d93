import type { JSX } from "preact";
import { awakeText } from "../../viewer/awake-texts.ts";
import { durationText } from "../../viewer/format.ts";
import type { AwakeRow } from "../../wire/keys.ts";

interface AwakeListProps {
  readonly reasons: readonly AwakeRow[];
  readonly nowAtMs: number;
  /** When it goes to sleep if nothing happens; `null` or omitted when that is not known. */
  readonly sleepsAtMs?: number | null;
}

/** Why a keyed actor is awake. */
export function AwakeList({ reasons, nowAtMs, sleepsAtMs = null }: AwakeListProps): JSX.Element {
  if (reasons.length === 0) {
    return (
      <p class="faint">
        {sleepsAtMs === null
          ? "Nothing keeps it awake. It sleeps once its type's idleMs have passed."
          : `Nothing keeps it awake. It sleeps in ${durationText(Math.max(0, sleepsAtMs - nowAtMs))}.`}
      </p>
    );
  }
  return (
    <ul class="plain-list" aria-label="Reasons">
      {reasons.map((row) => (
        <li key={row.reason}>
          <span class="tag">{row.reason}</span>
          <span>{awakeText(row)}</span>
          {row.sinceAtMs === null ? null : (
            <span class="end number">{durationText(nowAtMs - row.sinceAtMs)}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
