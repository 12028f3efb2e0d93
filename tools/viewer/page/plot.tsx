import { useEffect, useRef, useState } from "preact/hooks";
import type { JSX } from "preact/jsx-runtime";
import uPlot from "uplot";
import { goTo } from "./navigation.ts";
import type { View } from "./view.ts";

/** What a chart says of itself; the plot adds its size, the time axis and the shared crosshair. */
export interface PlotContent {
  readonly data: uPlot.AlignedData;
  readonly series: uPlot.Series[];
  readonly y: { readonly scale: uPlot.Scale; readonly axis: uPlot.Axis };
  readonly hooks: uPlot.Hooks.Arrays;
}

/** Colours of the page's scheme, light or dark. */
interface Ink {
  readonly text: string;
  readonly grid: string;
}

const FONT = '11px Inter, "Segoe UI", system-ui, sans-serif';
const dark = matchMedia("(prefers-color-scheme: dark)");

function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  return { text: style.getPropertyValue("--dim"), grid: style.getPropertyValue("--line") };
}

/** 14:05, or 14:05:30 where marks lie closer than a minute. */
function clock(seconds: number, withSeconds: boolean): string {
  const time = new Date(seconds * 1_000).toTimeString();
  return time.slice(0, withSeconds ? 8 : 5);
}

function timeAxis({ text, grid }: Ink): uPlot.Axis {
  return {
    stroke: text,
    font: FONT,
    size: 24,
    gap: 7,
    space: 70,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
    values: (_plot, marks, _axis, _space, apart) => marks.map((mark) => clock(mark, apart < 60)),
  };
}

function optionsFor(content: PlotContent, view: View, box: DOMRect, ink: Ink): uPlot.Options {
  const { fromMs, toMs } = view.range;
  const zoom = ({ select, posToVal }: uPlot): void => {
    if (select.width < 5) return;
    const at = (left: number): string => String(Math.round(posToVal(left, "x") * 1_000));
    goTo({ ...view.address, from: at(select.left), to: at(select.left + select.width) });
  };
  return {
    width: Math.floor(box.width),
    height: Math.floor(box.height),
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: "time" },
      points: { size: 5 },
      drag: { x: true, y: false, setScale: false },
    },
    scales: { x: { range: [fromMs / 1_000, toMs / 1_000] }, y: content.y.scale },
    axes: [
      timeAxis(ink),
      {
        stroke: ink.text,
        font: FONT,
        gap: 4,
        grid: { stroke: ink.grid, width: 1 },
        ticks: { show: false },
        ...content.y.axis,
      },
    ],
    series: [{}, ...content.series],
    hooks: { ...content.hooks, setSelect: [zoom] },
  };
}

/** Draws again when its place has another size, or the page another scheme. */
function useRedraw(place: { readonly current: Element | null }): number {
  const [drawing, setDrawing] = useState(0);
  useEffect(() => {
    const redraw = (): void => setDrawing((last) => last + 1);
    const observer = new ResizeObserver(redraw);
    if (place.current !== null) observer.observe(place.current);
    dark.addEventListener("change", redraw);
    return () => {
      observer.disconnect();
      dark.removeEventListener("change", redraw);
    };
  }, [place]);
  return drawing;
}

/** A chart over time that fills its place. A stretch of time that is drawn over becomes the time range. */
export function Plot({ content, view }: { content: PlotContent; view: View }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRedraw(place);
  useEffect(() => {
    const element = place.current;
    // The observer tells at once that there is a size; before that there is nothing to draw in.
    if (element === null || drawing === 0) return undefined;
    const options = optionsFor(content, view, element.getBoundingClientRect(), inkOf(element));
    const plot = new uPlot(options, content.data, element);
    return () => plot.destroy();
  }, [content, view, drawing]);
  return <div class="plot" ref={place} />;
}
