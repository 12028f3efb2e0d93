/** Start and end, in milliseconds since the epoch. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Parses `15s`, `30m` or `1h` to milliseconds; `undefined` for invalid text. */
function parseDuration(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  return count === undefined || unitMs === undefined ? undefined : Number(count) * unitMs;
}

/** Parses a time in a URL: `now`, `now-30m`, or milliseconds since the epoch. */
function resolveMoment(text: string, nowMs: number): number | undefined {
  if (text === "now") return nowMs;
  if (/^\d+$/.test(text)) return Number(text);
  const before = text.startsWith("now-") ? parseDuration(text.slice("now-".length)) : undefined;
  return before === undefined ? undefined : nowMs - before;
}

/** Resolves `from` and `to` at `nowMs`. Invalid values result in the last half hour. */
export function resolveRange(from: string, to: string, nowMs: number): TimeRange {
  const fromMs = resolveMoment(from, nowMs);
  const toMs = resolveMoment(to, nowMs);
  if (fromMs === undefined || toMs === undefined || fromMs >= toMs) {
    return { fromMs: nowMs - 30 * 60_000, toMs: nowMs };
  }
  return { fromMs, toMs };
}

const STEPS_S = [
  ...[1, 2, 5, 10, 15, 20, 30],
  ...[1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * 3_600),
];

/** Intervals that queries can refer to, in seconds. */
export interface Intervals {
  /** Distance between points: a round number, so that at most as many points result as fit into the panel. */
  readonly intervalS: number;
  /** Range of rates: long enough for four points of the backend. */
  readonly rateIntervalS: number;
  readonly rangeS: number;
}

/**
 * Computes the intervals as Grafana does.
 *
 * @param maxPoints maximum number of points of the panel
 * @param everyS interval between the backend's points: the data source's `timeInterval`
 */
export function intervalsOf(
  { fromMs, toMs }: TimeRange,
  maxPoints: number,
  everyS: number,
): Intervals {
  const rangeS = Math.round((toMs - fromMs) / 1_000);
  const wanted = Math.max(rangeS / Math.max(maxPoints, 1), everyS);
  const intervalS = STEPS_S.find((step) => step >= wanted) ?? Math.ceil(wanted);
  return { intervalS, rateIntervalS: Math.max(intervalS + everyS, 4 * everyS), rangeS };
}
