// Numbers as people read them, by Grafana's names of units.

/** A step of a unit: from `factor` on, values are given in multiples of it. */
type Step = readonly [factor: number, suffix: string];

const SI: readonly Step[] = [
  [1e12, " T"],
  [1e9, " G"],
  [1e6, " M"],
  [1e3, " k"],
  [1, ""],
];
const SHORT: readonly Step[] = SI.map(([factor, suffix]) => [factor, suffix.toUpperCase()]);
const BYTES: readonly Step[] = [
  [2 ** 40, " TiB"],
  [2 ** 30, " GiB"],
  [2 ** 20, " MiB"],
  [2 ** 10, " KiB"],
  [1, " B"],
];
const SECONDS: readonly Step[] = [
  [86_400, " day"],
  [3_600, " h"],
  [60, " min"],
  [1, " s"],
  [1e-3, " ms"],
  [1e-6, " µs"],
  [1e-9, " ns"],
];

const SCALES: Readonly<Record<string, readonly Step[]>> = {
  short: SHORT,
  none: [[1, ""]],
  s: SECONDS,
  bytes: BYTES,
  percentunit: [[0.01, " %"]],
  percent: [[1, " %"]],
  cps: rated("c/s"),
  mps: rated("msg/s"),
  reqps: rated("req/s"),
};

function rated(unit: string): readonly Step[] {
  return SI.map(([factor, suffix]) => [factor, suffix === "" ? ` ${unit}` : `${suffix} ${unit}`]);
}

/** The step in which `size` is written: the largest that is not larger, else the smallest. */
function stepFor(unit: string, size: number): Step {
  const scale = SCALES[unit] ?? SHORT;
  const plain = scale.find(([factor]) => factor === 1) ?? scale[0];
  if (size === 0) return plain ?? [1, ""];
  // Rounding must not leave "1000 ms" where "1 s" is meant.
  return scale.find(([factor]) => size >= factor * 0.9995) ?? scale.at(-1) ?? [1, ""];
}

/** `value` with about three significant digits: `1.25 K`, `312 µs`, `4.2 %`. */
export function formatValue(value: number, unit: string): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  const [factor, suffix] = stepFor(unit, Math.abs(value));
  const scaled = value / factor;
  const size = Math.abs(scaled);
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return `${trimZeros(scaled.toFixed(decimals))}${suffix}`;
}

/**
 * Marks of an axis, all in the same step of the unit and with as many decimals as tell them apart.
 *
 * @param marks in ascending order
 */
export function formatMarks(marks: readonly number[], unit: string): string[] {
  const largest = Math.max(...marks.map(Math.abs), 0);
  const [factor, suffix] = stepFor(unit, largest);
  const apart = Math.min(...marks.slice(1).map((mark, index) => mark - (marks[index] ?? 0)));
  const digits = Number.isFinite(apart) ? Math.ceil(-Math.log10(apart / factor) - 1e-9) : 0;
  // 0.25 apart needs two decimals though its logarithm asks for one.
  const wanted = [0, 1, 2].find((more) => isWhole((apart / factor) * 10 ** (digits + more))) ?? 2;
  const decimals = Math.min(Math.max(digits + wanted, 0), 6);
  return marks.map((mark) => `${(mark / factor).toFixed(decimals)}${suffix}`);
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-6;
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
