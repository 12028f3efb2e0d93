import type {
  HistogramReading,
  LatencyHistogram,
} from "../../telemetry/metrics/latency-histogram.ts";
import type { DurationRow } from "../../wire/snapshot.ts";

/** Returns a summary, in milliseconds, of a histogram of seconds; `null` for an empty one. */
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

/** Returns the value in milliseconds below which `share` of all values lie; `null` for an empty histogram. */
export function percentileMs(histogram: LatencyHistogram, share: number): number | null {
  return histogram.count === 0 ? null : toMs(percentile(histogram.read(), share));
}

/** Rounds to whole microseconds, since more digits would be noise and lengthen the JSON. */
function toMs(seconds: number): number {
  return Math.round(seconds * 1e6) / 1_000;
}

/** Returns the value below which `share` of all values lie, assuming even distribution within a bucket. */
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
