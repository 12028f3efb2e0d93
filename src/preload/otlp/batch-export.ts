import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import { errorType } from "../../base/errors.ts";
import { thrownText } from "../../base/foreign-value.ts";
import { loadCore } from "../packages.ts";

/** An exporter's result for one batch. */
export interface BatchReceipt {
  /** Number of items of the batch that were not delivered. */
  readonly failed: number;
  /** Reason of the failure, as one low-cardinality word. */
  readonly errorType?: string;
  /** Reason of the failure, as human-readable text. */
  readonly message?: string;
}

/** Exports batches of spans or log records from the process. */
export interface BatchExporter<Item> {
  /** @param signal aborts when the result is no longer needed; the batch then counts as failed */
  export(items: Item[], signal: AbortSignal): Promise<BatchReceipt>;
  /**
   * Sends items just before the process ends, while this thread is blocked. Makes one attempt; never throws.
   */
  exportBeforeExit(items: Item[], deadlineMs: number): BatchReceipt;
  /** A flush has begun: give up early on a collector that has never answered. */
  beginFlush(): void;
  /** The flush is over. */
  endFlush(): void;
}

/** Options of {@link BatchExport}. */
export interface BatchExportOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * One batch being exported. It always gets a receipt: the exporter's, or a failed one if the exporter gives
 * none.
 */
export class BatchExport<Item> {
  readonly items: readonly Item[];
  readonly receipt: Promise<BatchReceipt>;
  readonly #controller = new AbortController();

  constructor(exporter: BatchExporter<Item>, batch: Item[], options: BatchExportOptions) {
    const { clock, timeoutMs } = options;
    this.items = batch;
    const timer = clock.schedule(() => this.abort("timeout"), timeoutMs, KeepAlive.No);
    this.receipt = this.#send(exporter, batch).finally(() => timer.cancel());
  }

  /** Stops waiting and marks the batch as failed. */
  abort(reason: string): void {
    this.#controller.abort(reason);
  }

  async #send(exporter: BatchExporter<Item>, batch: Item[]): Promise<BatchReceipt> {
    const { signal } = this.#controller;
    const failed = batch.length;
    const aborted = new Promise<BatchReceipt>((resolve) => {
      signal.addEventListener("abort", () => {
        resolve({ failed, errorType: String(signal.reason), message: "given up" });
      });
    });
    try {
      // Runs outside the context of the item that was made last, and creates no spans about sending spans.
      const quiet = loadCore().suppressTracing(ROOT_CONTEXT);
      const sent = context.with(quiet, () => exporter.export(batch, signal));
      return await Promise.race([sent, aborted]);
    } catch (error) {
      return { failed, errorType: errorType(error), message: thrownText(error) };
    }
  }
}
