import type { ProcessSignals, StopSignal } from "./process-signals.ts";

/** What is shut down before the process ends, such as a system. */
export interface Stoppable {
  /**
   * Shuts it down. The process ends when the promise settles, also if it rejects.
   *
   * @param signal the signal that ends the process
   * @example
   * ```ts
   * stopOnSignals({
   *   async shutdown(signal) {
   *     console.log(`${signal}: the server closes, then the actors stop`);
   *     await system.shutdown();
   *   },
   * });
   * ```
   */
  shutdown(signal: StopSignal): Promise<unknown>;
}

/** One request to be shut down by signals. */
export interface SignalStop {
  readonly target: Stoppable;
  readonly signals: readonly StopSignal[];
}

/**
 * Shuts down everything that was added, on the first signal of a process, and then raises the signal again.
 *
 * There is one for a process, since the first of two systems to be down must not end the process of the other.
 * Each method and the listener decide and act without an await between, so that they cannot interleave.
 */
export class SignalStops {
  readonly #process: ProcessSignals;
  readonly #stops = new Set<SignalStop>();
  readonly #listened = new Set<StopSignal>();
  /** The first signal, while shutdowns that it has begun are under way. */
  #first: StopSignal | undefined;
  #underWay = 0;
  readonly #onSignal = (signal: StopSignal): void => this.#receive(signal);

  constructor(signals: ProcessSignals) {
    this.#process = signals;
  }

  /** Adds what a signal stops. It is shut down at once if such a signal has been received. */
  add(stop: SignalStop): void {
    if (this.#first !== undefined && stop.signals.includes(this.#first)) {
      this.#begin(stop, this.#first);
      return;
    }
    this.#stops.add(stop);
    this.#listen();
  }

  /** Removes what is down or must no longer be stopped. Shutdowns that a signal has begun go on. */
  remove(stop: SignalStop): void {
    this.#stops.delete(stop);
    this.#listen();
  }

  #receive(signal: StopSignal): void {
    if (this.#first !== undefined) {
      this.#raise(signal);
      return;
    }
    const stopped = [...this.#stops].filter(({ signals }) => signals.includes(signal));
    // A listener that ran before this one may have removed the last of them.
    if (stopped.length === 0) return;
    this.#first = signal;
    for (const stop of stopped) {
      this.#stops.delete(stop);
      this.#begin(stop, signal);
    }
    this.#listen();
  }

  #begin({ target }: SignalStop, signal: StopSignal): void {
    this.#underWay += 1;
    // Never rejects.
    void this.#shutDown(target, signal).then(() => {
      this.#underWay -= 1;
      if (this.#underWay === 0 && this.#first !== undefined) this.#raise(signal);
    });
  }

  /** Async, so that a synchronous throw is reported too. */
  async #shutDown(target: Stoppable, signal: StopSignal): Promise<void> {
    try {
      await target.shutdown(signal);
    } catch (error) {
      this.#process.report(error);
    }
  }

  #raise(signal: StopSignal): void {
    this.#unlisten([...this.#listened]);
    this.#first = undefined;
    this.#process.raise(signal);
    // The process goes on if others listen to the signal, and so may systems that it does not stop.
    this.#listen();
  }

  /**
   * Listens to the signals that are wanted now. Those that are listened to when the first one comes are kept until it
   * is raised: without a listener, a second one that has arrived together with the first would be lost.
   */
  #listen(): void {
    const wanted = new Set<StopSignal>(this.#first === undefined ? [] : this.#listened);
    for (const { signals } of this.#stops) for (const signal of signals) wanted.add(signal);
    for (const signal of wanted) {
      if (this.#listened.has(signal)) continue;
      this.#listened.add(signal);
      this.#process.listen(signal, this.#onSignal);
    }
    this.#unlisten([...this.#listened].filter((signal) => !wanted.has(signal)));
  }

  #unlisten(signals: readonly StopSignal[]): void {
    for (const signal of signals) {
      this.#listened.delete(signal);
      this.#process.unlisten(signal, this.#onSignal);
    }
  }
}
