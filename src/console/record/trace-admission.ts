import { SpanStatusCode } from "@opentelemetry/api";
import type { EndedSpan } from "../../telemetry/process-taps.ts";

/** The ring is to reach back at least so far, however busy the process is. */
const WINDOW_S = 10;
/** Sampling buckets: the values of three hexadecimal digits. */
const SAMPLING_BUCKETS = 0x1000;

/**
 * Decides which traces are worth keeping. Where they come faster than a ring can hold ten seconds of, all
 * but a share would be pushed out before anybody could look, and keeping them costs: memory that lives
 * for a second is what a garbage collector does worst. The sampling bucket of a trace is in its id, so that all its
 * spans have the same one. A span that has failed is kept, and the spans above it, which end later.
 */
export class TraceAdmission {
  readonly #bytesPerSecond: number;
  #share = 1;
  /** The share that traces may have been begun by which are not over yet. */
  #lately = 1;
  #second = 0;
  /** Taken in this second. */
  #bytes = 0;
  #failedBytes = 0;
  /** Traces outside of the sampled buckets that are kept for a failure, in this second. */
  #exceptions = new Set<string>();

  constructor(limitBytes: number) {
    this.#bytesPerSecond = limitBytes / WINDOW_S;
  }

  /** Share of the traces that is kept just now. */
  get share(): number {
    return this.#share;
  }

  /** Whether the span may be one of a trace that is kept: most are ruled out by a look at their id. */
  concerns(traceId: string, ended: EndedSpan): boolean {
    const second = ended.startTime[0] + ended.duration[0];
    if (second > this.#second) this.#begin(second);
    if (this.#lately === 1 || samplingBucketOf(traceId) < this.#lately * SAMPLING_BUCKETS)
      return true;
    if (ended.status.code === SpanStatusCode.ERROR) return true;
    return this.#exceptions.size > 0 && this.#exceptions.has(traceId);
  }

  /** Whether to begin a trace with this span. */
  admits(traceId: string, { status }: EndedSpan): boolean {
    if (this.#share === 1 || samplingBucketOf(traceId) < this.#share * SAMPLING_BUCKETS)
      return true;
    if (status.code !== SpanStatusCode.ERROR) return false;
    if (this.#failedBytes >= this.#bytesPerSecond) return false;
    this.#exceptions.add(traceId);
    return true;
  }

  /** So much was kept of a span. */
  recordKept(bytes: number, failed: boolean): void {
    if (failed) this.#failedBytes += bytes;
    this.#bytes += bytes;
    if (this.#bytes < 2 * this.#bytesPerSecond) return;
    // More than was thought: the rest of the second must not cost as much.
    this.#share /= 2;
    this.#bytes /= 2;
  }

  /** Begins a second by the spans' own clock, which costs no look at another. */
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

/** Of the last digits of the id, which are random; read one by one, because that is fast. */
function samplingBucketOf(traceId: string): number {
  const { length } = traceId;
  const high = digitAt(traceId, length - 3);
  return (high << 8) | (digitAt(traceId, length - 2) << 4) | digitAt(traceId, length - 1);
}

function digitAt(hex: string, at: number): number {
  const code = hex.charCodeAt(at);
  return (code <= 57 ? code : code + 9) & 0xf;
}
