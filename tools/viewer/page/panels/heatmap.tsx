import { useMemo } from "preact/hooks";
import type { JSX } from "preact/jsx-runtime";
import type uPlot from "uplot";
import { type HeatCells, heatCells, heightOf } from "../../model/heat-cells.ts";
import { formatValue } from "../../model/unit-format.ts";
import { drawDots } from "../dots.ts";
import type { PanelKind } from "../panel-frame.tsx";
import { Plot, type PlotContent } from "../plot.tsx";
import { tooltip } from "../tooltip.ts";
import type { PanelProps } from "../view.ts";
import { roomFor } from "../y-axis.ts";
import { type DottedChart, loadDottedChart } from "./timeseries.tsx";

/** How values are spread, over time: a histogram's bands upwards, counts as colours. */
export const heatmap: PanelKind<DottedChart> = {
  load: loadDottedChart,
  isEmpty: ({ lines }) => heatCells(lines).most === 0,
  Body: Heatmap,
};

function Heatmap({ panel, view, data }: PanelProps & { data: DottedChart }): JSX.Element {
  const cells = useMemo(() => heatCells(data.lines), [data]);
  const content = useMemo(
    () => contentOf({ panel, view }, data, cells),
    [panel, view, data, cells],
  );
  return (
    <>
      <Plot content={content} view={view} />
      <div class="heat-scale">
        <span>0</span>
        <i />
        <span>{formatValue(Math.round(cells.most), "short")}</span>
      </div>
    </>
  );
}

function contentOf({ panel, view }: PanelProps, data: DottedChart, cells: HeatCells): PlotContent {
  const { times, exemplars } = data;
  const unit = panel.options?.yAxis?.unit ?? "short";
  const { bands } = cells;
  const bounds = [...bands.map(({ lower }) => lower), bands.at(-1)?.upper ?? 0];
  const bound = (value: number): string => formatValue(value, unit);
  const readings = (index: number) =>
    bands.flatMap(({ lower, upper, counts }, place) => {
      const count = counts[index] ?? 0;
      const name = `${bound(lower)} – ${bound(upper)}`;
      return count < 0.5 ? [] : { name, color: "", text: count.toFixed(0), size: place };
    });
  return {
    data: [[...times], times.map(() => null)],
    series: [{ show: true }],
    y: {
      scale: { range: [0, bands.length] },
      axis: {
        splits: () => bounds.map((_, index) => index),
        values: (_plot, marks) => marks.map((mark) => bound(bounds[mark] ?? 0)),
        size: (_plot, marks) => roomFor(marks),
      },
    },
    hooks: {
      ...tooltip(readings),
      drawAxes: [(plot) => drawCells(plot, times, cells)],
      draw: [(plot) => drawDots(plot, view, exemplars, (value) => heightOf(bands, value))],
    },
  };
}

/** A cell is what happened since the point before, so it ends at its time. */
function drawCells(plot: uPlot, times: readonly number[], { bands, most }: HeatCells): void {
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  const { ctx, bbox } = plot;
  const at = (value: number, scale: string): number =>
    Math.round(plot.valToPos(value, scale, true));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [index, { counts }] of bands.entries()) {
    const top = at(index + 1, "y");
    const height = at(index, "y") - top - 1;
    for (const [place, time] of times.entries()) {
      const count = counts[place] ?? 0;
      if (count <= 0) continue;
      const left = at(time - step, "x");
      const width = at(time, "x") - left;
      ctx.fillStyle = heatColor(count / most);
      // Between narrow cells there is no room for a gap.
      ctx.fillRect(left, top, width > 6 ? width - 1 : width, height);
    }
  }
  ctx.restore();
}

/** Oranges; the root makes what is rare visible beside what is frequent. */
function heatColor(share: number): string {
  return `hsl(${34 - 14 * share} 92% 54% / ${0.1 + 0.9 * Math.sqrt(share)})`;
}
