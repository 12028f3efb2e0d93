import type { JSX } from "preact/jsx-runtime";
import { type Chart, hasValue, type Line } from "../../model/series.ts";
import { colorOf } from "../../model/thresholds.ts";
import { formatValue } from "../../model/unit-format.ts";
import { loadChart } from "../lines.ts";
import type { PanelKind } from "../panel-frame.tsx";
import type { PanelProps } from "../view.ts";

/** The last value of each series, large, before what it has been. */
export const stat: PanelKind<Chart> = {
  load: loadChart,
  isEmpty: ({ lines }) => !lines.some(hasValue),
  Body: Stat,
  drawsEmpty: true,
};

function Stat({ panel, data }: PanelProps & { data: Chart }): JSX.Element {
  const { unit = "short", noValue = "No data", thresholds } = panel.fieldConfig?.defaults ?? {};
  const lines = data.lines.filter(hasValue);
  const none = { name: "", values: [] };
  return (
    <>
      {(lines.length === 0 ? [none] : lines).map((line) => {
        const last = line.values.findLast((value) => value !== null) ?? null;
        const [number = "", ...suffix] = (last === null ? noValue : formatValue(last, unit)).split(
          " ",
        );
        return (
          <div
            class="number"
            key={line.name}
            style={{ color: `var(--${colorOf(last, thresholds?.steps)})` }}
          >
            <Sparkline values={line.values} />
            <strong>
              {number}
              {suffix.length === 0 ? null : <small> {suffix.join(" ")}</small>}
            </strong>
            {lines.length > 1 ? <span>{line.name}</span> : null}
          </div>
        );
      })}
    </>
  );
}

/** A line without axes, the highest value at the top. */
function Sparkline({ values }: Pick<Line, "values">): JSX.Element | null {
  const known = values.filter((value) => value !== null);
  const low = Math.min(0, ...known);
  const span = Math.max(...known, low) - low || 1;
  const points = values.flatMap((value, index) =>
    value === null
      ? []
      : [[(index / (values.length - 1)) * 100, 100 - ((value - low) / span) * 100]],
  );
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return null;
  const line = points.map(([x = 0, y = 0]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" L");
  return (
    <svg class="sparkline" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      <path class="area" d={`M${first[0]},100 L${line} L${last[0]},100 Z`} />
      <path class="line" d={`M${line}`} />
    </svg>
  );
}
