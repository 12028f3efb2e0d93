const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A whole number with its thousands apart: `10,024`. */
export function countText(count: number): string {
  return grouped.format(count);
}

/** A number in at most five characters: `999`, `1.2k`, `12.3M`. */
export function shortCount(count: number): string {
  if (count < 1_000) return String(Math.round(count));
  if (count < 1_000_000) return `${shortDecimal(count / 1_000)}k`;
  if (count < 1_000_000_000) return `${shortDecimal(count / 1_000_000)}M`;
  return `${shortDecimal(count / 1_000_000_000)}G`;
}

/** Messages a second, in at most five characters; nothing at all is a dash. */
export function rateText(perSecond: number): string {
  if (perSecond === 0) return "-";
  if (perSecond < 99.95) return perSecond.toFixed(1);
  return shortCount(perSecond);
}

/** A length of time in at most seven characters: `35ms`, `1.2s`, `3m 05s`, `2h 04m`, `5d 03h`. */
export function durationText(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 0.995) return ms < 0.005 ? "0ms" : `${ms.toFixed(2)}ms`;
  if (ms < 9.95) return `${ms.toFixed(1)}ms`;
  if (ms < SECOND_MS - 0.5) return `${Math.round(ms)}ms`;
  if (ms < 9_950) return `${(ms / SECOND_MS).toFixed(1)}s`;
  if (ms < MINUTE_MS - 500) return `${Math.round(ms / SECOND_MS)}s`;
  if (ms < HOUR_MS) return twoParts(ms, MINUTE_MS, "m", SECOND_MS, "s");
  if (ms < DAY_MS) return twoParts(ms, HOUR_MS, "h", MINUTE_MS, "m");
  return twoParts(ms, DAY_MS, "d", HOUR_MS, "h");
}

/** A share from 0 to 1 as whole percent. */
export function percentText(share: number): string {
  return `${Math.round(share * 100)}%`;
}

function shortDecimal(value: number): string {
  return value < 99.95 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.floor(value));
}

function twoParts(ms: number, big: number, bigUnit: string, small: number, smallUnit: string) {
  const parts = Math.floor(ms / small);
  const perBig = big / small;
  const rest = String(parts % perBig).padStart(2, "0");
  return `${Math.floor(parts / perBig)}${bigUnit} ${rest}${smallUnit}`;
}
