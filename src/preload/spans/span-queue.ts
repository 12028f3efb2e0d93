import { TraceFlags } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { settledWithin } from "../deadline.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { BatchExport, type BatchExporter, type BatchReceipt } from "../otlp/batch-export.ts";
import { ExportReports } from "../otlp/export-reports.ts";
import { DropReason, SpanCounts } from "./span-counts.ts";

/** Limits of a {@link SpanQueue}. */
export interface SpanQueueLimits {
  /** Maximum number of waiting spans. */
  readonly capacity: number;
  /** Maximum number of spans in one request; not above `capacity`. */
  readonly batchSize: number;
  /** Maximum time a span waits for its batch to fill, in milliseconds. */
  readonly delayMs: number;
  readonly exportTimeoutMs: number;
}

/** Dependencies of a {@link SpanQueue}. */
export interface SpanQueueParts {
  readonly clock: Clock;
  readonly exporter: BatchExporter;
  readonly limits: SpanQueueLimits;
  readonly diagnostics: Diagnostics;
}

/** Maximum number of concurrent requests, so that one slow response does not delay the others. */
const MAX_IN_FLIGHT = 4;
/** Deadline of a shutdown by a caller that gives none. */
const DEFAULT_DEADLINE_MS = 2_000;

/**
 * The bounded queue between the SDK and an exporter.
 *
 * Each sampled span that enters is counted as exported, failed or dropped. The SDK's own processor sends one
 * batch at a time and silently drops the spans that do not fit meanwhile.
 */
export class SpanQueue implements SpanProcessor {
  readonly counts: SpanCounts = new SpanCounts();
  readonly #parts: SpanQueueParts;
  readonly #reports: ExportReports;
  readonly #flights = new Map<BatchExport, Promise<void>>();
  #waiting: ReadableSpan[] = [];
  #timer: ClockTimer | undefined;
  /** Whether the timer is set for a batch that is already full. */
  #urgent = false;
  /** Number of spans dropped since the last report. */
  #unreported = 0;
  #closed: Promise<void> | undefined;

  constructor(parts: SpanQueueParts) {
    this.#parts = parts;
    this.#reports = new ExportReports("spans", parts.clock, parts.diagnostics);
  }

  /** Maximum number of waiting spans. */
  get capacity(): number {
    return this.#parts.limits.capacity;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    this.counts.made += 1;
    if (this.#closed !== undefined) {
      this.counts.drop(DropReason.AlreadyShutdown, 1);
    } else if (this.#waiting.length >= this.capacity) {
      this.counts.drop(DropReason.QueueFull, 1);
      this.#unreported += 1;
    } else {
      this.#waiting.push(span);
      this.#arm();
    }
  }

  /**
   * Sends the waiting spans, and resolves when all responses have arrived. Never rejects; sets no deadline.
   */
  async forceFlush(): Promise<void> {
    const { exporter } = this.#parts;
    exporter.beginFlush();
    const goal = this.counts.submitted + this.#waiting.length;
    while (this.counts.submitted < goal && this.#waiting.length > 0) {
      if (this.#flights.size < MAX_IN_FLIGHT) this.#launch();
      else await Promise.race(this.#flights.values());
    }
    await Promise.all(this.#flights.values());
    if (this.#closed === undefined) exporter.endFlush();
  }

  shutdown(): Promise<void> {
    return this.close(DEFAULT_DEADLINE_MS);
  }

  /**
   * Accepts no more spans, flushes, and drops the spans that remain at the deadline. Later calls return the
   * same promise. Never rejects.
   */
  close(deadlineMs: number): Promise<void> {
    this.#closed ??= this.#close(deadlineMs);
    return this.#closed;
  }

  async #close(deadlineMs: number): Promise<void> {
    const { clock, diagnostics } = this.#parts;
    const flushed = this.forceFlush();
    const inTime = await settledWithin(flushed, { clock, deadlineMs, keepAlive: KeepAlive.Yes });
    this.#timer?.cancel();
    if (inTime) return;
    const { waiting, inFlight } = this.counts.totals();
    diagnostics.report("spans lost at shutdown: the collector did not take them in time", {
      waiting,
      in_flight: inFlight,
      deadline_ms: deadlineMs,
    });
    this.counts.drop(DropReason.ShutdownDeadline, waiting);
    this.#waiting = [];
    for (const flight of this.#flights.keys()) flight.abort(DropReason.ShutdownDeadline);
    await flushed;
  }

  /**
   * Sends waiting and in-flight spans while this thread is blocked, just before the process ends. In-flight
   * spans may arrive twice, which is preferred to losing them.
   */
  sendBeforeExit(deadlineMs: number): void {
    this.#timer?.cancel();
    const underWay = [...this.#flights.keys()].flatMap((flight) => flight.spans);
    const rest = [...underWay, ...this.#waiting];
    if (rest.length === 0) return;
    this.counts.submitted += this.#waiting.length;
    this.#waiting = [];
    this.#flights.clear();
    this.#book(rest.length, this.#parts.exporter.exportBeforeExit(rest, deadlineMs));
  }

  /** Schedules the next batch: at once when it is full, else after the delay. */
  #arm(): void {
    const { clock, limits } = this.#parts;
    const full = this.#waiting.length >= limits.batchSize;
    if (this.#urgent || this.#waiting.length === 0) return;
    if (this.#timer !== undefined && !full) return;
    this.#timer?.cancel();
    this.#urgent = full;
    this.#timer = clock.schedule(() => this.#tick(), full ? 0 : limits.delayMs, KeepAlive.No);
  }

  /** Sends one batch per event loop turn: encoding one takes some 10 ms and blocks the loop. */
  #tick(): void {
    this.#timer = undefined;
    this.#urgent = false;
    if (this.#flights.size >= MAX_IN_FLIGHT) return;
    this.#launch();
    this.#arm();
  }

  #launch(): void {
    const { clock, exporter, limits } = this.#parts;
    const all = this.#waiting.length <= limits.batchSize;
    const batch = all ? this.#waiting : this.#waiting.splice(0, limits.batchSize);
    if (all) this.#waiting = [];
    if (batch.length === 0) return;
    this.counts.submitted += batch.length;
    const flight = new BatchExport(exporter, batch, { clock, timeoutMs: limits.exportTimeoutMs });
    const landed = flight.receipt.then((receipt) => {
      if (!this.#flights.delete(flight)) return; // sent again before the exit
      this.#book(batch.length, receipt);
      if (this.#closed === undefined) this.#arm();
    });
    this.#flights.set(flight, landed);
  }

  #book(spans: number, receipt: BatchReceipt): void {
    const { diagnostics, limits } = this.#parts;
    const { errorType = "_OTHER", message } = receipt;
    const failed = Math.min(receipt.failed, spans);
    this.counts.exported += spans - failed;
    if (failed > 0) {
      this.counts.fail(errorType, failed);
      this.#reports.failed({ errorType, reason: message, lost: failed });
    } else {
      this.#reports.succeeded();
    }
    if (this.#unreported > 0) {
      const fields = { spans: this.#unreported, capacity: limits.capacity };
      this.#unreported = 0;
      diagnostics.report("spans dropped: more ended than could be sent", fields);
    }
  }
}
