import type { HistogramReading, LatencyHistogram } from "../telemetry/latency-histogram.ts";
import type { DurationRow } from "../wire/snapshot.ts";

/** A summary of a histogram of seconds, in milliseconds; `null` of an empty one. */
export function durationRow(histogram: LatencyHistogram): DurationRow | null {
  if (histogram.count === 0) return null;
  const reading = histogram.read();
  return {
    count: reading.count,
    meanMs: toMs(reading.sum / reading.count),
    p50Ms: toMs(percentile(reading, 0.5)),
    p90Ms: toMs(percentile(reading, 0.9)),
    p99Ms: toMs(percentile(reading, 0.99)),
    maxMs: toMs(reading.max),
  };
}

/** The value in milliseconds below which `share` of all lie; `null` of an empty histogram. */
export function percentileMs(histogram: LatencyHistogram, share: number): number | null {
  return histogram.count === 0 ? null : toMs(percentile(histogram.read(), share));
}

/** To whole microseconds: more would be noise, and long in JSON. */
function toMs(seconds: number): number {
  return Math.round(seconds * 1e6) / 1_000;
}

/** The value below which `share` of all lie, taking those within a bucket as evenly spread. */
export function percentile(
  { boundaries, counts, count, min, max }: HistogramReading,
  share: number,
): number {
  const wanted = share * count;
  let below = 0;
  for (const [bucket, within] of counts.entries()) {
    if (within > 0 && below + within >= wanted) {
      const low = Math.max(boundaries[bucket - 1] ?? min, min);
      const high = Math.min(boundaries[bucket] ?? max, max);
      return low + (high - low) * ((wanted - below) / within);
    }
    below += within;
  }
  return max;
}
