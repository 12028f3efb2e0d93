import { useMemo } from "preact/hooks";
import type { JSX } from "preact/jsx-runtime";
import type uPlot from "uplot";
import type { Exemplar } from "../../model/exemplars.ts";
import { interpolateQuery } from "../../model/interpolate.ts";
import { type Chart, hasValue, isolated, type Line, stackLines } from "../../model/series.ts";
import { formatValue } from "../../model/unit-format.ts";
import { queryExemplars } from "../backends.ts";
import { drawDots } from "../dots.ts";
import { Legend } from "../legend.tsx";
import { loadChart } from "../lines.ts";
import { lineColor } from "../palette.ts";
import type { PanelKind } from "../panel-frame.tsx";
import { Plot, type PlotContent } from "../plot.tsx";
import { tooltip } from "../tooltip.ts";
import { type PanelProps, scopeOf, widthOf } from "../view.ts";
import { yAxis, yScale } from "../y-axis.ts";

/** A chart, and dots for single traces where a query asks for them. */
export interface DottedChart extends Chart {
  readonly exemplars: readonly Exemplar[];
}

/** Lines over time. */
export const timeseries: PanelKind<DottedChart> = {
  load: loadDottedChart,
  isEmpty: ({ lines }) => !lines.some(hasValue),
  Body: Timeseries,
};

/** Also the exemplars of those queries that ask for some. */
export async function loadDottedChart(
  props: PanelProps,
  signal: AbortSignal,
): Promise<DottedChart> {
  const { panel, view } = props;
  const scope = scopeOf(view, widthOf(panel));
  const dotted = (panel.targets ?? []).filter(({ exemplar }) => exemplar);
  const [chart, ...found] = await Promise.all([
    loadChart(props, signal),
    ...dotted.map(({ expr = "" }) =>
      queryExemplars(interpolateQuery(expr, scope), view.range, signal),
    ),
  ]);
  return { ...chart, exemplars: found.flat() };
}

function Timeseries({ panel, view, data }: PanelProps & { data: DottedChart }): JSX.Element {
  const lines = useMemo(() => data.lines.filter(hasValue), [data]);
  const content = useMemo(
    () => contentOf({ panel, view }, data, lines),
    [panel, view, data, lines],
  );
  return (
    <>
      <Plot content={content} view={view} />
      <Legend panel={panel} view={view} lines={lines} />
    </>
  );
}

function contentOf(
  { panel, view }: PanelProps,
  data: DottedChart,
  lines: readonly Line[],
): PlotContent {
  const { unit = "short", custom } = panel.fieldConfig?.defaults ?? {};
  const stacked = custom?.stacking?.mode === "normal";
  const drawn = stacked ? stackLines(lines) : lines;
  const readings = (index: number) =>
    lines.flatMap(({ name, values }, place) => {
      const value = values[index] ?? null;
      if (value === null) return [];
      return { name, color: lineColor(place), text: formatValue(value, unit), size: value };
    });
  return {
    data: [[...data.times], ...drawn.map(({ values }) => [...values])],
    series: drawn.map((line, index) => seriesOf(line, lineColor(index), stacked)),
    y: { scale: yScale(custom?.axisSoftMin), axis: yAxis(unit) },
    hooks: {
      ...tooltip(readings),
      draw: [(plot) => drawDots(plot, view, data.exemplars)],
    },
  };
}

function seriesOf({ name, values }: Line, color: string, stacked: boolean): uPlot.Series {
  return {
    label: name,
    stroke: color,
    width: 1.5,
    fill: `${color}${stacked ? "55" : "14"}`,
    // A value without neighbours has no line.
    points: { size: 4, fill: color, filter: () => isolated(values) },
  };
}
