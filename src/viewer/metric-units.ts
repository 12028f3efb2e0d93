import { bytesText, countText, durationText, rateText } from "./format.ts";
import type { MetricChart } from "./history/metric-series.ts";

/** Returns the format of a metric's values, by its unit. */
export function unitText({
  unit,
  kind,
}: Pick<MetricChart, "unit" | "kind">): (value: number) => string {
  if (kind === "counter") return (value) => `${rateText(value)}/s`;
  if (unit === "s") return (value) => durationText(value * 1_000);
  if (unit === "By") return bytesText;
  return (value) => (value < 10 && !Number.isInteger(value) ? value.toFixed(1) : countText(value));
}
