/** Signals that stop the demo: Ctrl-C, and the termination signal of a supervisor. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/**
 * Resolves with the first signal that stops the process. The listeners are then removed, so a second signal
 * ends the process at once.
 */
export function firstStopSignal(): Promise<StopSignal> {
  return new Promise((resolve) => {
    const stop = (signal: StopSignal): void => {
      for (const name of STOP_SIGNALS) process.removeListener(name, stop);
      resolve(signal);
    };
    for (const name of STOP_SIGNALS) process.on(name, stop);
  });
}

/** Ends the process by the signal, so that its parent sees the signal, which an exit status would hide. */
export function dieOf(signal: StopSignal): void {
  process.kill(process.pid, signal);
}
