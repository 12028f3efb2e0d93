import type uPlot from "uplot";
import { type Exemplar, thinOut } from "../model/exemplars.ts";
import { formatValue } from "../model/unit-format.ts";
import { traceLink, type View } from "./view.ts";

const DOTS = 48;

/**
 * Puts `exemplars` on a plot as dots that lead to their traces.
 *
 * @param heightOf where on the y axis a value is
 */
export function drawDots(
  plot: uPlot,
  view: View,
  exemplars: readonly Exemplar[],
  heightOf: (value: number) => number = (value) => value,
): void {
  for (const old of plot.over.querySelectorAll(".dot")) old.remove();
  const { min: start = 0, max: end = 0 } = plot.scales["x"] ?? {};
  const { min: low = 0, max: high = 0 } = plot.scales["y"] ?? {};
  const shown = thinOut(exemplars, { start, end }, DOTS);
  for (const { traceId, time, value } of shown) {
    const href = traceLink(view, traceId);
    const height = heightOf(value);
    if (href === undefined || height < low || height > high) continue;
    const dot = document.createElement("a");
    dot.className = "dot";
    dot.href = href;
    dot.title = `${formatValue(value, "s")}: trace ${traceId}`;
    dot.style.left = `${plot.valToPos(time, "x")}px`;
    dot.style.top = `${plot.valToPos(height, "y")}px`;
    plot.over.append(dot);
  }
}
