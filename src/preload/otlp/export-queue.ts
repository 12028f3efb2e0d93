import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { settledWithin } from "../deadline.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { BatchExport, type BatchExporter, type BatchReceipt } from "./batch-export.ts";
import { DropReason, ExportCounts } from "./export-counts.ts";
import { ExportReports } from "./export-reports.ts";

/** Limits of an {@link ExportQueue}. */
export interface QueueLimits {
  /** Maximum number of waiting items. */
  readonly capacity: number;
  /** Maximum number of items in one request; not above `capacity`. */
  readonly batchSize: number;
  /** Maximum time an item waits for its batch to fill, in milliseconds. */
  readonly delayMs: number;
  readonly exportTimeoutMs: number;
}

/** A limit on how much memory the items of a queue take, those that are being sent included. */
export interface QueueBytes<Item> {
  readonly capacity: number;
  /** Returns the approximate size of an item; the same each time. */
  readonly sizeOf: (item: Item) => number;
}

/** Dependencies of an {@link ExportQueue}. */
export interface ExportQueueParts<Item> {
  /** What is exported, as in `spans not exported`. */
  readonly signal: string;
  readonly clock: Clock;
  readonly exporter: BatchExporter<Item>;
  readonly limits: QueueLimits;
  /** Default: the number of items alone is limited. */
  readonly bytes?: QueueBytes<Item>;
  readonly diagnostics: Diagnostics;
}

/** Maximum number of concurrent requests, so that one slow response does not delay the others. */
const MAX_IN_FLIGHT = 4;
/** Deadline of a shutdown by a caller that gives none. */
const DEFAULT_DEADLINE_MS = 2_000;

/**
 * The bounded queue between what makes spans or log records and an exporter.
 *
 * Each item that enters is counted as exported, failed or dropped. The SDK's own processors send one batch at
 * a time and silently drop the items that do not fit meanwhile.
 */
export class ExportQueue<Item> {
  readonly counts: ExportCounts = new ExportCounts();
  readonly #parts: ExportQueueParts<Item>;
  readonly #reports: ExportReports;
  readonly #flights = new Map<BatchExport<Item>, Promise<void>>();
  #waiting: Item[] = [];
  /** Size of all items that wait or are being sent. */
  #bytes = 0;
  #timer: ClockTimer | undefined;
  /** Whether the timer is set for a batch that is already full. */
  #urgent = false;
  /** Number of items dropped since the last report. */
  #unreported = 0;
  #closed: Promise<void> | undefined;

  constructor(parts: ExportQueueParts<Item>) {
    this.#parts = parts;
    this.#reports = new ExportReports(parts.signal, parts.clock, parts.diagnostics);
  }

  /** Maximum number of waiting items. */
  get capacity(): number {
    return this.#parts.limits.capacity;
  }

  /** @returns whether the item waits to be sent now; otherwise it has been dropped and counted */
  push(item: Item): boolean {
    this.counts.made += 1;
    const reason = this.#refusal(item);
    if (reason === undefined) {
      this.#waiting.push(item);
      this.#arm();
      return true;
    }
    this.counts.drop(reason, 1);
    if (reason !== DropReason.AlreadyShutdown) this.#unreported += 1;
    return false;
  }

  /**
   * Sends the waiting items, and resolves when all responses have arrived. Never rejects; sets no deadline.
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

  /**
   * Accepts no more items, flushes, and drops the items that remain at the deadline. Later calls return the
   * same promise. Never rejects.
   */
  close(deadlineMs: number = DEFAULT_DEADLINE_MS): Promise<void> {
    this.#closed ??= this.#close(deadlineMs);
    return this.#closed;
  }

  async #close(deadlineMs: number): Promise<void> {
    const { clock, diagnostics, signal } = this.#parts;
    const flushed = this.forceFlush();
    const inTime = await settledWithin(flushed, { clock, deadlineMs, keepAlive: KeepAlive.Yes });
    this.#timer?.cancel();
    if (inTime) return;
    const { waiting, inFlight } = this.counts.totals();
    diagnostics.report(`${signal} lost at shutdown: the collector did not take them in time`, {
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
   * Sends waiting and in-flight items while this thread is blocked, just before the process ends. In-flight
   * items may arrive twice, which is preferred to losing them.
   */
  sendBeforeExit(deadlineMs: number): void {
    this.#timer?.cancel();
    const underWay = [...this.#flights.keys()].flatMap((flight) => flight.items);
    const rest = [...underWay, ...this.#waiting];
    if (rest.length === 0) return;
    this.counts.submitted += this.#waiting.length;
    this.#waiting = [];
    this.#flights.clear();
    this.#book(rest.length, this.#parts.exporter.exportBeforeExit(rest, deadlineMs));
  }

  /** Accepts no more items, which are counted as dropped. */
  refuse(): void {
    this.#closed ??= Promise.resolve();
  }

  #refusal(item: Item): DropReason | undefined {
    if (this.#closed !== undefined) return DropReason.AlreadyShutdown;
    if (this.#waiting.length >= this.capacity) return DropReason.QueueFull;
    const { bytes } = this.#parts;
    if (bytes === undefined) return undefined;
    const size = bytes.sizeOf(item);
    if (this.#bytes + size > bytes.capacity) return DropReason.QueueBytesFull;
    this.#bytes += size;
    return undefined;
  }

  #release(items: readonly Item[]): void {
    const { bytes } = this.#parts;
    if (bytes === undefined) return;
    for (const item of items) this.#bytes -= bytes.sizeOf(item);
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
      this.#release(flight.items);
      this.#book(batch.length, receipt);
      if (this.#closed === undefined) this.#arm();
    });
    this.#flights.set(flight, landed);
  }

  #book(items: number, receipt: BatchReceipt): void {
    const { diagnostics, limits, signal } = this.#parts;
    const { errorType = "_OTHER", message } = receipt;
    const failed = Math.min(receipt.failed, items);
    this.counts.exported += items - failed;
    if (failed > 0) {
      this.counts.fail(errorType, failed);
      this.#reports.failed({ errorType, reason: message, lost: failed });
    } else {
      this.#reports.succeeded();
    }
    if (this.#unreported > 0) {
      const fields = { [signal]: this.#unreported, capacity: limits.capacity };
      this.#unreported = 0;
      diagnostics.report(`${signal} dropped: more were made than could be sent`, fields);
    }
  }
}
