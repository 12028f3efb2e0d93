import type { JSX } from "preact";
import { durationText } from "../../viewer/format.ts";
import type { CriticalStretch } from "../../viewer/traces/critical-path.ts";
import {
  isAsk,
  type Lane,
  type LaneBar,
  type LaneChart,
  laneChart,
  type TimeScale,
} from "../../viewer/traces/trace-lanes.ts";
import type { SpanRow } from "../../wire/answers.ts";
import { ActorLink } from "../parts/links.tsx";
import { TimeAxis } from "./time-axis.tsx";

/** Width of the drawing in its own units. It is scaled to the available width. */
const WIDTH = 1_000;
const LINE_HEIGHT = 20;
const LANE_PADDING = 8;
/** In percent; narrower bars have no room for a name. */
const MIN_TEXT_WIDTH = 5;

export interface SpansProps {
  readonly spans: readonly SpanRow[];
  readonly scale: TimeScale;
  readonly critical: readonly CriticalStretch[];
  readonly selected: string;
  readonly onSelect: (spanId: string) => void;
}

/** A trace as a horizontal sequence diagram: one lane for each actor, and the messages between them. */
export function TraceLanes(props: SpansProps): JSX.Element {
  const chart = laneChart(props.spans);
  const { scale } = props;
  const critical = Map.groupBy(props.critical, ({ spanId }) => spanId);
  return (
    <div class="lanes">
      <div class="lanes-corner" />
      <TimeAxis totalMs={scale.totalMs} />
      <div class="lanes-names">
        {chart.lanes.map((lane) => (
          <LaneName key={lane.actorId} lane={lane} />
        ))}
      </div>
      <div class="lanes-field">
        {chart.lanes.map((lane) => (
          <div key={lane.actorId} class="lane" style={{ height: `${laneHeight(lane)}px` }}>
            {lane.bars.map((bar) => (
              <Bar
                {...props}
                key={bar.span.spanId}
                bar={bar}
                critical={critical.get(bar.span.spanId) ?? []}
              />
            ))}
          </div>
        ))}
        <Messages chart={chart} scale={scale} />
      </div>
    </div>
  );
}

function laneHeight({ lines }: Lane): number {
  return lines * LINE_HEIGHT + 2 * LANE_PADDING;
}

function LaneName({ lane }: { readonly lane: Lane }): JSX.Element {
  const { actorId, actorType } = lane;
  return (
    <div class="lane-name" style={{ height: `${laneHeight(lane)}px` }}>
      {actorId === "" ? (
        <span class="faint">outside</span>
      ) : (
        <>
          <span class="strong">{actorType}</span>
          <ActorLink id={actorId} text={actorId.slice(actorId.indexOf("/") + 1)} />
        </>
      )}
    </div>
  );
}

interface BarProps extends Pick<SpansProps, "scale" | "selected" | "onSelect"> {
  readonly bar: LaneBar;
  readonly critical: readonly CriticalStretch[];
}

function Bar({ bar, scale, critical, selected, onSelect }: BarProps): JSX.Element {
  const { span, line, sentAtMs } = bar;
  const top = `${LANE_PADDING + line * LINE_HEIGHT}px`;
  const left = share(span.startedAtMs, scale);
  const width = Math.max(0.25, (span.durationMs / scale.totalMs) * 100);
  const kind = isAsk(span) ? "bar-ask" : "bar-work";
  const failed = span.status === "error" ? " bar-failed" : "";
  const waited =
    span.waitedMs === null ? "" : `, waited ${durationText(span.waitedMs)} in the mailbox`;
  const label = `${span.name}: ${durationText(span.durationMs)}${waited}`;
  return (
    <>
      {sentAtMs === null || sentAtMs >= span.startedAtMs ? null : (
        <span
          class="bar-wait"
          style={{
            top,
            left: `${share(sentAtMs, scale)}%`,
            width: `${left - share(sentAtMs, scale)}%`,
          }}
        />
      )}
      <button
        type="button"
        class={`bar ${kind}${failed}`}
        aria-pressed={span.spanId === selected}
        aria-label={label}
        title={label}
        style={{ top, left: `${left}%`, width: `${width}%` }}
        onClick={() => onSelect(span.spanId)}
      >
        {width < MIN_TEXT_WIDTH ? null : <span class="bar-text">{span.name}</span>}
      </button>
      {critical.map(({ startedAtMs, endedAtMs }) => (
        <span
          key={startedAtMs}
          class="bar-critical"
          style={{
            top,
            left: `${share(startedAtMs, scale)}%`,
            width: `${Math.max(0.2, ((endedAtMs - startedAtMs) / scale.totalMs) * 100)}%`,
          }}
        />
      ))}
    </>
  );
}

/** Returns the position of a moment, in percent of the width. */
function share(atMs: number, { startedAtMs, totalMs }: TimeScale): number {
  return ((atMs - startedAtMs) / totalMs) * 100;
}

/** Arrows from where a message was sent to where it was taken. */
function Messages({
  chart,
  scale,
}: {
  readonly chart: LaneChart;
  readonly scale: TimeScale;
}): JSX.Element {
  const heights = new Map<string, { readonly y: number; readonly lane: number }>();
  let top = 0;
  for (const [at, lane] of chart.lanes.entries()) {
    for (const { span, line } of lane.bars) {
      heights.set(span.spanId, {
        y: top + LANE_PADDING + (line + 0.5) * LINE_HEIGHT - 2,
        lane: at,
      });
    }
    top += laneHeight(lane);
  }
  return (
    <svg
      class="lanes-messages"
      viewBox={`0 0 ${WIDTH} ${top}`}
      preserveAspectRatio="none"
      height={top}
      aria-hidden="true"
    >
      {chart.messages.map(({ fromSpanId, toSpanId, sentAtMs }) => {
        const [from, to] = [heights.get(fromSpanId), heights.get(toSpanId)];
        if (from === undefined || to === undefined) return null;
        const x = (share(sentAtMs, scale) / 100) * WIDTH;
        const down = to.y > from.y ? 1 : -1;
        return (
          <path
            key={toSpanId}
            class="message"
            d={`M${x} ${from.y + down * 7}V${to.y - down * 7}`}
            vector-effect="non-scaling-stroke"
          />
        );
      })}
    </svg>
  );
}
