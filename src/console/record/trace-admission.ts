import { SpanStatusCode } from "@opentelemetry/api";
import type { EndedSpan } from "../../telemetry/process-taps.ts";

/** Minimum period that the ring covers, at any load. */
const WINDOW_S = 10;
/** Number of sampling buckets: three hexadecimal digits. */
const SAMPLING_BUCKETS = 0x1000;

/**
 * Decides which traces are kept. If traces arrive faster than a ring can hold ten seconds of, only a share is
 * admitted: the rest would be displaced before it could be read, and objects that live for a second are
 * expensive for the garbage collector. The sampling bucket is derived from the trace id, so that all spans of
 * a trace have the same one. A failed span is kept in any case, and so are its ancestors, which end later.
 */
export class TraceAdmission {
  readonly #bytesPerSecond: number;
  #share = 1;
  /** Highest share under which traces that are still open may have been admitted. */
  #lately = 1;
  #second = 0;
  /** Bytes kept in the current second. */
  #bytes = 0;
  #failedBytes = 0;
  /** Traces outside the sampled buckets that are kept for a failure in the current second. */
  #exceptions = new Set<string>();

  constructor(limitBytes: number) {
    this.#bytesPerSecond = limitBytes / WINDOW_S;
  }

  /** Share of the traces that is currently kept. */
  get share(): number {
    return this.#share;
  }

  /** Whether the span may belong to a kept trace. The id alone rules out most spans. */
  concerns(traceId: string, ended: EndedSpan): boolean {
    const second = ended.startTime[0] + ended.duration[0];
    if (second > this.#second) this.#begin(second);
    if (this.#lately === 1 || samplingBucketOf(traceId) < this.#lately * SAMPLING_BUCKETS)
      return true;
    if (ended.status.code === SpanStatusCode.ERROR) return true;
    return this.#exceptions.size > 0 && this.#exceptions.has(traceId);
  }

  /** Whether this span may begin a new trace. */
  admits(traceId: string, { status }: EndedSpan): boolean {
    if (this.#share === 1 || samplingBucketOf(traceId) < this.#share * SAMPLING_BUCKETS)
      return true;
    if (status.code !== SpanStatusCode.ERROR) return false;
    if (this.#failedBytes >= this.#bytesPerSecond) return false;
    this.#exceptions.add(traceId);
    return true;
  }

  /** Records the size of a kept span. */
  recordKept(bytes: number, failed: boolean): void {
    if (failed) this.#failedBytes += bytes;
    this.#bytes += bytes;
    if (this.#bytes < 2 * this.#bytesPerSecond) return;
    // More than expected: reduce the share for the rest of the second.
    this.#share /= 2;
    this.#bytes /= 2;
  }

  /** Starts a new second. It follows the spans' own timestamps, so that no clock has to be read. */
  #begin(second: number): void {
    const idle = second - this.#second > 1;
    const offered = this.#bytes / this.#share;
    this.#lately = this.#share;
    this.#share = idle ? 1 : Math.min(1, this.#bytesPerSecond / Math.max(offered, 1));
    this.#lately = Math.max(this.#lately, this.#share);
    this.#second = second;
    this.#bytes = 0;
    this.#failedBytes = 0;
    this.#exceptions = new Set();
  }
}

/** Returns the bucket from the last digits of the id, which are random. Reading them one by one is fast. */
function samplingBucketOf(traceId: string): number {
  const { length } = traceId;
  const high = digitAt(traceId, length - 3);
  return (high << 8) | (digitAt(traceId, length - 2) << 4) | digitAt(traceId, length - 1);
}

function digitAt(hex: string, at: number): number {
  const code = hex.charCodeAt(at);
  return (code <= 57 ? code : code + 9) & 0xf;
}
