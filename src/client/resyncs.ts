import { CallOutcome, type Gap } from "../wire/gateway-frames.ts";
import { backoffMs } from "./backoff.ts";
import { CallError } from "./call-error.ts";
import type { Resync } from "./connection-types.ts";
import type { Platform } from "./platform.ts";
import { isPassing } from "./repeated-call.ts";

/** A listener to resyncs. */
interface Entry {
  readonly listener: (resync: Resync) => unknown;
  /** What it has not coped with yet; `undefined` if there is nothing. */
  due: Resync | undefined;
  /** Attempts in a row that have failed. */
  failures: number;
  /** Cancels the next attempt; does nothing if there is none to come. */
  cancel: () => void;
}

/** The listeners of a connection that are called when events are missing. */
export class Resyncs {
  readonly #platform: Platform;
  readonly #isConnected: () => boolean;
  readonly #entries = new Set<Entry>();
  /** Number of the present connection. */
  #connects = 0;

  constructor(platform: Platform, isConnected: () => boolean) {
    this.#platform = platform;
    this.#isConnected = isConnected;
  }

  add(listener: (resync: Resync) => unknown): () => void {
    const due = { reason: "first", missed: undefined } as const;
    const entry: Entry = { listener, due, failures: 0, cancel: () => undefined };
    this.#entries.add(entry);
    this.#platform.soon(() => {
      if (this.#isConnected()) void this.#call(entry); // reports its failures itself
    });
    return () => {
      entry.cancel();
      this.#entries.delete(entry);
    };
  }

  /** The connection is there. Calls those that have missed something, now or before. */
  connected(gap: Gap | undefined): void {
    this.#connects += 1;
    this.missed(gap);
  }

  /** The connection is lost or closed: listeners that have something due are called after the next connect. */
  disconnected(): void {
    for (const entry of this.#entries) entry.cancel();
  }

  /** Events are missing, if `gap` says so. */
  missed(gap: Gap | undefined): void {
    for (const entry of [...this.#entries]) {
      if (gap !== undefined) entry.due ??= { reason: gap.reason, missed: gap.missed };
      void this.#call(entry); // reports its failures itself
    }
  }

  /**
   * A listener that fails has not read what it missed: it is called again after the next connect, or after a while if a
   * call of it has failed that may be answered later.
   */
  async #call(entry: Entry): Promise<void> {
    const { due } = entry;
    if (due === undefined || !this.#entries.has(entry)) return;
    const connects = this.#connects;
    entry.cancel();
    entry.due = undefined;
    try {
      await entry.listener(due);
      entry.failures = 0;
    } catch (error) {
      entry.due ??= due;
      if (!this.#isConnected()) return;
      // Its failure has a reason of its own if the connection is still the same.
      if (connects !== this.#connects) await this.#call(entry);
      else if (isForNow(error)) this.#callLater(entry);
      else this.#platform.report(error);
    }
  }

  #callLater(entry: Entry): void {
    const delayMs = backoffMs(entry.failures, this.#platform.random());
    entry.failures += 1;
    const call = (): void => void this.#call(entry); // reports its failures itself
    entry.cancel = this.#platform.schedule(call, delayMs);
  }
}

/** Whether it is the error of a call that may be answered a little later. */
function isForNow(error: unknown): boolean {
  if (!(error instanceof CallError)) return false;
  return error.outcome === CallOutcome.Unknown || isPassing(error);
}
