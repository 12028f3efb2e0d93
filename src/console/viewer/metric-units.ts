import { bytesText, countText, durationText, rateText } from "./format.ts";
import type { MetricChart } from "./metric-series.ts";

/** How values of a metric are written, by its unit. */
export function unitText({ unit, kind }: Pick<MetricChart, "unit" | "kind">): (value: number) => string {
  if (kind === "counter") return (value) => `${rateText(value)}/s`;
  if (unit === "s") return (value) => durationText(value * 1_000);
  return unit === "By" ? bytesText : countText;
}
