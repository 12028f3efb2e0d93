/** What asks the demo to stop: Ctrl-C, and whoever runs it. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/**
 * Resolves with the first signal that asks the process to stop. From then on nothing listens any more,
 * so a second one kills at once.
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

/**
 * Ends the process as the signal would have: whoever waits for it sees that, where an exit status of
 * our own would hide it.
 */
export function dieOf(signal: StopSignal): void {
  process.kill(process.pid, signal);
}
