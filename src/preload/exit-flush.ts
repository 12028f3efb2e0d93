import { KeepAlive } from "../base/clock.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Telemetry } from "./telemetry.ts";

/** What flushing at the end of a process or thread needs to know. */
export interface ExitFlushParts {
  readonly telemetry: Telemetry;
  readonly diagnostics: Diagnostics;
  readonly deadlineMs: number;
}

/**
 * Flushes when the application has nothing left to do, and also when it ends in another way: by
 * `process.exit()`, or by an error that nothing caught, whose report Node writes after that.
 */
export function flushAtExit({ telemetry, diagnostics, deadlineMs }: ExitFlushParts): void {
  let flushes = 0;
  let flushed = false;
  let gaveUp = false;
  process.on("beforeExit", () => {
    const { waiting, inFlight } = telemetry.spanTotals;
    if (telemetry.stopping || gaveUp || (flushes > 0 && waiting + inFlight === 0)) return;
    flushes += 1;
    // Never rejects. Waiting for it keeps the process up to the deadline; then `beforeExit` comes again.
    void telemetry.flush(deadlineMs, KeepAlive.Yes).then((complete) => {
      flushed = complete;
      gaveUp = !complete;
    });
  });
  process.on("exit", () => {
    if (telemetry.pushesMetrics && !flushed && !telemetry.stopping) {
      const sentence =
        "metrics since the last export are lost: await stopTelemetry() before process.exit()";
      diagnostics.report(sentence, {});
    }
    const { waiting, inFlight } = telemetry.spanTotals;
    if (waiting + inFlight === 0) return;
    if (!gaveUp && deadlineMs > 0) telemetry.flushBeforeExit(deadlineMs);
    else {
      const sentence = "spans lost at exit: the collector did not take them in time";
      diagnostics.report(sentence, { waiting, in_flight: inFlight });
    }
  });
}
