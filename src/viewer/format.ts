/* Number formats for display, with few digits and a stable width where values change often. */

const NONE = "–";

/** Formats a whole number with all digits, for positions in a list: `10,024`. */
export function wholeText(count: number): string {
  return count.toLocaleString("en-US");
}

/** Formats a count: `1,234`, and from ten thousand `10k`, `12.3k`, `4.5M`. */
export function countText(count: number): string {
  if (!Number.isFinite(count)) return NONE;
  if (Math.abs(count) < 10_000) return Math.round(count).toLocaleString("en-US");
  const [scaled, unit] = Math.abs(count) < 1e6 ? [count / 1e3, "k"] : millions(count);
  return `${scaled.toFixed(Math.abs(scaled) < 100 ? 1 : 0).replace(/\.0$/, "")}${unit}`;
}

function millions(count: number): readonly [number, string] {
  return Math.abs(count) < 1e9 ? [count / 1e6, "M"] : [count / 1e9, "G"];
}

/** Formats a rate per second without its unit, with one decimal below ten. */
export function rateText(rate: number): string {
  if (rate > 0 && rate < 0.05) return "<0.1";
  return rate > 0 && rate < 9.95 ? rate.toFixed(1) : countText(rate);
}

/** Formats a duration: `0.05 ms`, `12 ms`, `3.4 s`, `2 min 5 s`, `3 h 20 min`, `4 d 2 h`. */
export function durationText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NONE;
  if (ms < 0) return `−${durationText(-ms)}`;
  if (ms < 0.0005) return "0 ms";
  if (ms < 1) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 59.5) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  return longText(Math.round(seconds));
}

function longText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, "h", minutes % 60, "min");
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

function pair(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

/** Formats a size: `812 B`, `3.4 KiB`, `56 MiB`. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, "B"];
  for (const next of ["KiB", "MiB", "GiB", "TiB"]) {
    if (Math.abs(value) < 1_024) break;
    [value, unit] = [value / 1_024, next];
  }
  return `${unit === "B" || Math.abs(value) >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}

/** Formats a share: `87 %`. */
export function percentText(share: number): string {
  const percent = share * 100;
  return `${percent > 0 && percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Formats a time in the local time zone: `14:03:59`. */
export function clockText(atMs: number): string {
  const at = new Date(atMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(":");
}

/** Formats a time with milliseconds: `14:03:59.271`. */
export function preciseClockText(atMs: number): string {
  const ms = String(Math.floor(atMs) % 1_000).padStart(3, "0");
  return `${clockText(atMs)}.${ms}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, "0");
}

const DAY_MS = 86_400_000;

/** Formats a moment that may be days away: `14:03:59, 5.0 s ago`, `2027-01-01 15:00, in 36 d`. Dates are in UTC. */
export function momentText(atMs: number, nowAtMs: number): string {
  const away = atMs - nowAtMs;
  const time = Math.abs(away) < DAY_MS ? clockText(atMs) : dateText(atMs);
  const distance = durationText(Math.abs(away));
  return away < 0 ? `${time}, ${distance} ago` : `${time}, in ${distance}`;
}

function dateText(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? "–" : date.toISOString().slice(0, 16).replace("T", " ");
}

/** Returns the name of a pino level. */
export function levelName(level: number): string {
  if (level >= 60) return "fatal";
  if (level >= 50) return "error";
  if (level >= 40) return "warn";
  if (level >= 30) return "info";
  return level >= 20 ? "debug" : "trace";
}

/** Returns a count with its noun: `1 actor`, `2 actors`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}
