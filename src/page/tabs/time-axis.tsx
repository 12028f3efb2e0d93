import type { JSX } from "preact";
import { durationText } from "../../viewer/format.ts";

const MAX_MARKS = 6;

/** A time axis from zero, with ticks at round values. */
export function TimeAxis({ totalMs }: { readonly totalMs: number }): JSX.Element {
  const step = roundStep(totalMs / MAX_MARKS);
  const marks = Array.from({ length: Math.floor(totalMs / step) + 1 }, (_, at) => at * step);
  return (
    <div class="time-axis" aria-hidden="true">
      {marks.map((atMs) => (
        <span key={atMs} style={{ left: `${(atMs / totalMs) * 100}%` }}>
          {durationText(atMs)}
        </span>
      ))}
    </div>
  );
}

/** Rounds up to the next of 1, 2, 5, 10, 20 … */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return ([1, 2, 5, 10].find((factor) => factor * power >= step) ?? 10) * power;
}
