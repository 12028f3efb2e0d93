import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { type Clock, KeepAlive } from "../base/clock.ts";
import { errorType } from "../base/errors.ts";
import { loadCore } from "./packages.ts";

/** What an exporter says about a batch. */
export interface BatchReceipt {
  /** How many spans of the batch did not arrive. */
  readonly failed: number;
  /** Why, in one low-cardinality word. */
  readonly errorType?: string;
  /** Why, for people. */
  readonly message?: string;
}

/** Takes batches of spans out of the process. */
export interface BatchExporter {
  /** @param signal aborts when the answer no longer matters; the batch then counts as failed */
  export(spans: ReadableSpan[], signal: AbortSignal): Promise<BatchReceipt>;
  /**
   * Sends spans in the little time before the process ends, while this thread stands still. One attempt;
   * never throws.
   */
  exportBeforeExit(spans: ReadableSpan[], deadlineMs: number): BatchReceipt;
  /** A flush is waited for: be quick to give up on a collector that was never there. */
  beginFlush(): void;
  /** The flush is over. */
  endFlush(): void;
}

/** Options of {@link BatchExport}. */
export interface BatchExportOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** One batch on its way. It always gets a receipt: from the exporter, or for want of one. */
export class BatchExport {
  readonly spans: readonly ReadableSpan[];
  readonly receipt: Promise<BatchReceipt>;
  readonly #controller = new AbortController();

  constructor(exporter: BatchExporter, batch: ReadableSpan[], options: BatchExportOptions) {
    const { clock, timeoutMs } = options;
    this.spans = batch;
    const timer = clock.schedule(() => this.abort("timeout"), timeoutMs, KeepAlive.No);
    this.receipt = this.#send(exporter, batch).finally(() => timer.cancel());
  }

  /** Waits no longer: the batch has failed. */
  abort(reason: string): void {
    this.#controller.abort(reason);
  }

  async #send(exporter: BatchExporter, batch: ReadableSpan[]): Promise<BatchReceipt> {
    const { signal } = this.#controller;
    const failed = batch.length;
    const aborted = new Promise<BatchReceipt>((resolve) => {
      signal.addEventListener("abort", () => {
        resolve({ failed, errorType: String(signal.reason), message: "given up" });
      });
    });
    try {
      // Not in the context of whichever span ended last, and without spans about sending spans.
      const quiet = loadCore().suppressTracing(ROOT_CONTEXT);
      const sent = context.with(quiet, () => exporter.export(batch, signal));
      return await Promise.race([sent, aborted]);
    } catch (error) {
      return { failed, errorType: errorType(error), message: String(error) };
    }
  }
}
