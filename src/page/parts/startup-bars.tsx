import type { JSX } from "preact";
import { clockText, durationText, plural } from "../../viewer/format.ts";
import type { StartupPhaseRow, StartupRow } from "../../wire/keys.ts";
import { TraceLink } from "./links.tsx";

/** A bar narrower than this cannot be seen. */
const MIN_PERCENT = 0.8;

/** The start of a keyed actor, a bar for each of its steps. */
export function StartupBars({ start }: { readonly start: StartupRow }): JSX.Element {
  const { requestedAtMs, durationMs, isNew, outcome, errorType, roundTrips, traceId } = start;
  return (
    <>
      <p>
        {outcome === null ? "Still starting: " : null}
        {outcome === null || outcome === "ok" ? null : (
          <span class="bad">Failed: {errorType ?? outcome}. </span>
        )}
        <b>{durationText(durationMs)}</b>
        <span class="faint">
          {isNew ? ", created" : ""}, {plural(roundTrips, "round trip")} to the store, asked for at{" "}
          {clockText(requestedAtMs)}{" "}
        </span>
        {traceId === null ? null : <TraceLink traceId={traceId} text="trace" />}
      </p>
      <ol class="startup" aria-label="Steps of the start">
        {start.phases.map((phase) => (
          <Phase key={phase.phase} phase={phase} totalMs={durationMs} />
        ))}
      </ol>
    </>
  );
}

interface PhaseProps {
  readonly phase: StartupPhaseRow;
  readonly totalMs: number;
}

function Phase({ phase: row, totalMs }: PhaseProps): JSX.Element {
  const { phase, owner, startMs, durationMs, outcome } = row;
  const percent = (ms: number): number => (totalMs > 0 ? Math.min(100, (ms / totalMs) * 100) : 0);
  const width = Math.max(MIN_PERCENT, percent(durationMs));
  const left = Math.min(100 - width, percent(startMs));
  const failed = outcome === "ok" ? "" : " startup-failed";
  return (
    <li class={`startup-${owner}${failed}`}>
      <span class="mono">{phase}</span>
      <span class="faint">{owner}</span>
      <span class="startup-track" aria-hidden="true">
        <span class="startup-bar" style={{ left: `${left}%`, width: `${width}%` }} />
      </span>
      <span class="number">
        {durationText(durationMs)}
        {failed === "" ? null : <span class="bad"> {outcome}</span>}
      </span>
    </li>
  );
}
