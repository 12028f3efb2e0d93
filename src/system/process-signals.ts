import { constants } from "node:os";
import process from "node:process";

/**
 * Signals that ask a process to end. On Windows, only `SIGINT`, `SIGBREAK` and `SIGHUP` can be caught.
 *
 * @enum
 */
export const StopSignal = {
  /** Ctrl-C. */
  Interrupt: "SIGINT",
  /** Sent by supervisors and containers. */
  Terminate: "SIGTERM",
  /** The terminal was closed. */
  HangUp: "SIGHUP",
  /** Ctrl-\. */
  Quit: "SIGQUIT",
  /** Ctrl-Break, on Windows. */
  Break: "SIGBREAK",
} as const;
export type StopSignal = (typeof StopSignal)[keyof typeof StopSignal];

/** The signals of a process, as {@link SignalStops} uses them. */
export interface ProcessSignals {
  listen(signal: StopSignal, listener: (signal: StopSignal) => void): void;
  unlisten(signal: StopSignal, listener: (signal: StopSignal) => void): void;
  /** Ends the process by the signal, unless others listen to it. */
  raise(signal: StopSignal): void;
  /** Reports a shutdown that has failed. */
  report(error: unknown): void;
}

/** The signals of the running process. */
export const processSignals: ProcessSignals = {
  listen: (signal, listener) => void process.on(signal, listener as NodeJS.SignalsListener),
  unlisten: (signal, listener) => void process.off(signal, listener as NodeJS.SignalsListener),
  raise(signal) {
    const status = 128 + constants.signals[signal];
    try {
      process.kill(process.pid, signal);
    } catch {
      process.exit(status); // Windows can send only a few signals to its own process
    }
    // Signals have no default action in process 1 of a container. A listener, such as the preload's, which
    // flushes first, ends the process itself.
    if (process.pid === 1 && process.listenerCount(signal) === 0) process.exit(status);
  },
  // Not a log line: the process is about to end, and a logger may write later.
  report: (error) => void process.stderr.write(`limelight: shutdown failed: ${describe(error)}\n`),
};

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
