import { constants } from "node:os";
import { KeepAlive } from "../base/clock.ts";
import type { Telemetry } from "./telemetry.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
type StopSignal = (typeof SIGNALS)[number];

/** The listeners of signal-exit, a package in most dependency trees, share an emitter under this key. */
const SIGNAL_EXIT = Symbol.for("signal-exit emitter");

/** What flushing on a signal needs to know. */
export interface SignalFlushParts {
  readonly telemetry: Telemetry;
  readonly deadlineMs: number;
}

/**
 * Flushes when the process is told to stop. An application that listens to the signal itself decides
 * when to end, so its telemetry is flushed beside it; otherwise the process ends by the signal, as it
 * would have without us, once the flush is over. A second signal ends it at once.
 */
export class SignalFlush implements Disposable {
  readonly #parts: SignalFlushParts;
  readonly #onSignal = (signal: StopSignal): void => this.#handle(signal);
  #handled = false;

  constructor(parts: SignalFlushParts) {
    this.#parts = parts;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }

  #handle(signal: StopSignal): void {
    const { telemetry, deadlineMs } = this.#parts;
    const repeated = this.#handled;
    this.#handled = true;
    if (applicationListens(signal)) {
      // Never rejects; the application ends when it wants to.
      void telemetry.flush(deadlineMs, KeepAlive.No);
    } else if (repeated) {
      this.#raise(signal);
    } else {
      // Never rejects.
      void telemetry.stop(deadlineMs).then(() => this.#raise(signal));
    }
  }

  /** Ends the process by the signal, so that its exit status tells. */
  #raise(signal: StopSignal): void {
    this[Symbol.dispose]();
    process.kill(process.pid, signal);
    // The first process of a container is spared the default action of signals, even of its own.
    if (process.pid === 1) process.exit(128 + constants.signals[signal]);
  }
}

/**
 * Whether anybody else takes care of the signal. signal-exit does not: it listens, but leaves the end to
 * others as soon as there are any, and waiting for each other the process would never end.
 */
function applicationListens(signal: StopSignal): boolean {
  const emitter = (globalThis as { [SIGNAL_EXIT]?: { readonly count?: unknown } })[SIGNAL_EXIT];
  const bystanders = typeof emitter?.count === "number" ? emitter.count : 0;
  return process.listenerCount(signal) - 1 - bystanders > 0;
}
