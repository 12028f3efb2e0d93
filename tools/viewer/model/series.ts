import type { PanelJson, TargetJson } from "./dashboard-json.ts";
import type { TimeRange } from "./time-range.ts";

/** One series of an answer of Prometheus to a range query. */
export interface PrometheusSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since the epoch, value. */
  readonly values: readonly (readonly [number, string])[];
}

/** A line of a chart: a value, or none, at each of the chart's times. */
export interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly refId: string;
  readonly values: readonly (number | null)[];
}

/** Lines that share their times. */
export interface Chart {
  /** Seconds since the epoch, each as far from the last as the other. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
}

/** `{{label}}` filled in; without a format all labels, as Prometheus writes them. */
function legendName(format: string | undefined, labels: Readonly<Record<string, string>>): string {
  if (format !== undefined && format !== "" && format !== "__auto") {
    return format
      .replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? "")
      .trim();
  }
  const { __name__: name = "", ...others } = labels;
  const pairs = Object.entries(others).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? name || "value" : `${name}{${pairs.join(", ")}}`;
}

/** The times of a range query: multiples of `stepS`, so that points stay where they are as time goes on. */
export function gridOf({ fromMs, toMs }: TimeRange, stepS: number): number[] {
  const first = Math.ceil(fromMs / 1_000 / stepS);
  const last = Math.floor(toMs / 1_000 / stepS);
  return Array.from(
    { length: Math.max(last - first + 1, 0) },
    (_, index) => (first + index) * stepS,
  );
}

/** The answer to `target` as lines over `times`; what is no number is no value. */
export function toLines(
  target: TargetJson,
  answer: readonly PrometheusSeries[],
  times: readonly number[],
): Line[] {
  return answer.map(({ metric, values }) => {
    const at = new Map(values.map(([time, value]) => [Math.round(time), Number(value)]));
    return {
      name: legendName(target.legendFormat, metric),
      labels: metric,
      refId: target.refId,
      values: times.map((time) => {
        const value = at.get(time);
        return value !== undefined && Number.isFinite(value) ? value : null;
      }),
    };
  });
}

/** `lines` as the panel's overrides have them: those of some queries are drawn below zero. */
export function transformLines(lines: readonly Line[], panel: PanelJson): Line[] {
  const below = (panel.fieldConfig?.overrides ?? [])
    .filter(({ properties }) =>
      properties.some(({ id, value }) => id === "custom.transform" && value === "negative-Y"),
    )
    .map(({ matcher }) => matcher.options);
  return lines.map((line) =>
    below.includes(line.refId) ? { ...line, values: line.values.map(negated) } : line,
  );
}

function negated(value: number | null): number | null {
  return value === null || value === 0 ? value : -value;
}

/** Each line on top of those before it; where it has no value it adds nothing. */
export function stackLines(lines: readonly Line[]): Line[] {
  const heights: number[] = [];
  return lines.map((line) => ({
    ...line,
    values: line.values.map((value, index) => {
      heights[index] = (heights[index] ?? 0) + (value ?? 0);
      return value === null ? null : heights[index];
    }),
  }));
}

/** The last value there is. */
export function lastOf({ values }: Line): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

/** The value farthest from zero on the line's side of it. */
export function maxOf({ values }: Line): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return known.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
}

/** Whether a line has any value. */
export function hasValue({ values }: Line): boolean {
  return values.some((value) => value !== null);
}

/** Where a line has a value but none before and after it: nothing but a point can show it. */
export function isolated(values: readonly (number | null)[]): number[] {
  return values.flatMap((value, index) => {
    const alone = (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
    return value !== null && alone ? index : [];
  });
}
