import type { JSX } from "preact";
import type { TimelinePoint, TimelineView } from "../viewer/console-view.ts";
import { clockText, durationText } from "../viewer/format.ts";
import { Icon } from "./parts/icon.tsx";
import { useConsole } from "./state/console-context.ts";

const HEIGHT = 26;
const WIDTH = 1_000;

/** The last minutes as a strip, with a slider to go back to any moment. */
export function Timeline(): JSX.Element | null {
  const { state, controller } = useConsole();
  const timeline = state.view?.timeline ?? null;
  if (timeline === null || state.file !== null) return null;
  const { firstAtMs, lastAtMs } = timeline;
  const atMs = Math.max(firstAtMs, state.atMs ?? lastAtMs);
  const live = state.atMs === null;
  const text = live ? "now" : `${clockText(atMs)}, ${durationText(lastAtMs - atMs)} ago`;
  return (
    <footer class={live ? "timeline" : "timeline timeline-past"}>
      <button
        type="button"
        class={live ? "button live-button live-on" : "button live-button"}
        aria-pressed={live}
        title={live ? "Pause (p)" : "Back to now (p)"}
        onClick={() => controller.togglePause()}
      >
        <Icon name={live ? "pause" : "play"} />
        {live ? "Live" : "Go live"}
      </button>
      <span class="faint number">{clockText(firstAtMs)}</span>
      <div class="strip">
        <Strip timeline={timeline} />
        <input
          type="range"
          aria-label="Moment that is shown"
          aria-valuetext={text}
          min={firstAtMs}
          max={lastAtMs}
          step="any"
          value={atMs}
          onInput={({ currentTarget }) => travel(Number(currentTarget.value))}
        />
      </div>
      <span class="timeline-now number">{text}</span>
    </footer>
  );

  function travel(toMs: number): void {
    controller.travelTo(toMs >= lastAtMs ? null : toMs);
  }
}

function Strip({ timeline }: { readonly timeline: TimelineView }): JSX.Element {
  const { points, firstAtMs, lastAtMs } = timeline;
  const top = Math.max(...points.map(({ rate }) => rate), Number.MIN_VALUE);
  const span = Math.max(1, lastAtMs - firstAtMs);
  const xOf = (atMs: number): number => ((atMs - firstAtMs) / span) * WIDTH;
  const line = points
    .map(
      (point) =>
        `${xOf(point.atMs).toFixed(1)} ${(HEIGHT - 2 - (point.rate / top) * (HEIGHT - 6)).toFixed(1)}`,
    )
    .join("L");
  const width = WIDTH / Math.max(1, points.length);
  return (
    <svg
      class="strip-picture"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {deadlockedStretches(points, lastAtMs).map(([from, to]) => (
        <rect
          key={from}
          class="strip-deadlock"
          x={xOf(from)}
          y="0"
          width={xOf(to) - xOf(from)}
          height={HEIGHT}
        />
      ))}
      {points.length < 2 ? null : (
        <>
          <path class="strip-area" d={`M${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`} />
          <path class="strip-line" d={`M${line}`} vector-effect="non-scaling-stroke" />
        </>
      )}
      {points.map((point) =>
        point.failed ? (
          <rect
            key={point.atMs}
            class="strip-failed"
            x={xOf(point.atMs)}
            y={HEIGHT - 3}
            width={Math.max(2, width)}
            height="3"
          />
        ) : null,
      )}
    </svg>
  );
}

/** Returns the periods in which there were deadlocks. */
function deadlockedStretches(
  points: readonly TimelinePoint[],
  lastAtMs: number,
): (readonly [fromMs: number, toMs: number])[] {
  const stretches: (readonly [number, number])[] = [];
  let since: number | undefined;
  for (const { atMs, deadlocked } of points) {
    if (deadlocked) since ??= atMs;
    else if (since !== undefined) {
      stretches.push([since, atMs]);
      since = undefined;
    }
  }
  if (since !== undefined) stretches.push([since, lastAtMs]);
  return stretches;
}
