import { constants } from "node:os";
import { KeepAlive } from "../../base/clock.ts";
import { runInMicrotask, runInNextTick } from "../../base/node-timers.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Telemetry } from "../telemetry.ts";

/**
 * Signals whose default action ends the process and that supervisors, terminals or development tools send.
 * SIGUSR1 is reserved for the debugger, SIGPROF for the profiler.
 */
const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === "win32"
    ? ["SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"]
    : ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2", "SIGALRM"];

/** Parameters of {@link SignalFlush}. */
export interface SignalFlushParts {
  readonly telemetry: Telemetry;
  readonly diagnostics: Diagnostics;
  readonly deadlineMs: number;
}

/**
 * Flushes when a signal asks the process to end.
 *
 * An application that listens to the signal itself decides when to end, so its telemetry is flushed
 * meanwhile. Otherwise the process ends by the signal, as it would without limelight, once the flush is
 * complete. A second signal ends it at once.
 *
 * The listener runs first, while `once` listeners are still registered, and is removed while the others run:
 * many packages (signal-exit among them) count the listeners and end the process only if theirs are the only
 * ones. They do so with `process.kill` of their own process, which is deferred until the flush is complete.
 */
export class SignalFlush implements Disposable {
  readonly #parts: SignalFlushParts;
  readonly #onSignal = (signal: NodeJS.Signals): void => this.#handle(signal);
  readonly #onListenersChanged = (event: string | symbol): void => this.#watch(event);
  readonly #kill = process.kill;
  /** Signals that have been passed to the application's listeners. */
  readonly #handedOver = new Set<NodeJS.Signals>();
  /** Signals whose listeners are running. */
  readonly #aside = new Set<NodeJS.Signals>();
  #ending = false;
  #disposed = false;

  constructor(parts: SignalFlushParts) {
    this.#parts = parts;
    for (const signal of SIGNALS) process.prependListener(signal, this.#onSignal);
    process.on("newListener", this.#onListenersChanged);
    process.on("removeListener", this.#onListenersChanged);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    process.off("newListener", this.#onListenersChanged);
    process.off("removeListener", this.#onListenersChanged);
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    // A later wrapper by another package is kept, and calls through.
    if (process.kill === this.#killOrEnd) process.kill = this.#kill;
  }

  #handle(signal: NodeJS.Signals): void {
    const { telemetry, deadlineMs } = this.#parts;
    if (this.#ending) this.#raise(signal);
    else if (this.#othersListen(signal)) {
      this.#stepAside(signal);
      // Never rejects. The application decides when the process ends.
      void telemetry.flush(deadlineMs, KeepAlive.No);
    } else if (this.#handedOver.has(signal)) {
      this.#reportLoss();
      this.#raise(signal);
    } else this.#end(signal);
  }

  #othersListen(signal: NodeJS.Signals): boolean {
    return process.listeners(signal).some((listener) => listener !== this.#onSignal);
  }

  /**
   * Removes the listener while the application's listeners run. If these remove themselves, the process has no
   * listener until the next tick, and a second signal in that moment ends it without a flush.
   */
  #stepAside(signal: NodeJS.Signals): void {
    this.#handedOver.add(signal);
    this.#aside.add(signal);
    process.off(signal, this.#onSignal);
    if (process.kill === this.#kill) process.kill = this.#killOrEnd;
    runInNextTick(() => {
      this.#aside.delete(signal);
      this.#standFirst(signal);
    });
  }

  /**
   * Replaces `process.kill` from the first signal that the application handles, which may later end the
   * process with it.
   */
  readonly #killOrEnd = (pid: number, signal: string | number = "SIGTERM"): true => {
    const name = SIGNALS.find((known) => known === signal || constants.signals[known] === signal);
    if (pid !== process.pid || name === undefined || this.#disposed || this.#othersListen(name)) {
      return this.#kill.call(process, pid, signal);
    }
    this.#end(name);
    return true;
  };

  /** Flushes, then ends the process by the signal. */
  #end(signal: NodeJS.Signals): void {
    if (this.#ending) return;
    this.#ending = true;
    // Never rejects.
    void this.#parts.telemetry.stop(this.#parts.deadlineMs).then(() => this.#raise(signal));
  }

  /** Ends the process by the signal, so that its exit status reports it. */
  #raise(signal: NodeJS.Signals): void {
    this[Symbol.dispose]();
    const status = 128 + constants.signals[signal];
    try {
      this.#kill.call(process, process.pid, signal);
    } catch {
      process.exit(status); // Windows can send only a few signals to its own process
    }
    // In a container, the default action of signals does not apply to process 1, even for signals from
    // itself.
    if (process.pid === 1) process.exit(status);
  }

  #reportLoss(): void {
    const { waiting, inFlight } = this.#parts.telemetry.spanTotals;
    if (waiting + inFlight === 0) return;
    this.#parts.diagnostics.report("spans lost: a second signal ended the process", {
      waiting,
      in_flight: inFlight,
    });
  }

  /** Both events are emitted before or while the listeners change, so the check runs in a microtask. */
  #watch(event: string | symbol): void {
    const signal = SIGNALS.find((known) => known === event);
    if (signal !== undefined) runInMicrotask(() => this.#standFirst(signal));
  }

  #standFirst(signal: NodeJS.Signals): void {
    if (this.#disposed || this.#aside.has(signal)) return;
    const listeners = process.listeners(signal);
    if (listeners[0] === this.#onSignal) return;
    // Prepending first means the process always has a listener. Without one, a signal would end it.
    process.prependListener(signal, this.#onSignal);
    if (listeners.includes(this.#onSignal)) process.off(signal, this.#onSignal);
  }
}
