import { KeepAlive } from "../../base/clock.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Telemetry } from "../telemetry.ts";

/** Parameters of the flush at the end of a process or thread. */
export interface ExitFlushParts {
  readonly telemetry: Telemetry;
  readonly diagnostics: Diagnostics;
  readonly deadlineMs: number;
}

/**
 * Flushes when the event loop becomes empty, and also when the process ends otherwise: by `process.exit()`,
 * or by an uncaught error, which Node reports after the flush.
 */
export function flushAtExit({ telemetry, diagnostics, deadlineMs }: ExitFlushParts): void {
  let flushes = 0;
  let flushed = false;
  let gaveUp = false;
  process.on("beforeExit", () => {
    if (telemetry.stopping || gaveUp || (flushes > 0 && unsent(telemetry) === 0)) return;
    flushes += 1;
    // Never rejects. Waiting keeps the process alive up to the deadline; then `beforeExit` is emitted again.
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
    // Listeners of the application run after this one. What they make is counted as dropped.
    telemetry.refuse();
    if (unsent(telemetry) === 0) return;
    if (!gaveUp && deadlineMs > 0) telemetry.flushBeforeExit(deadlineMs);
    else reportLost(telemetry, diagnostics);
  });
}

/** Returns the number of spans and log records that wait or are being sent. */
function unsent({ spanTotals, logTotals }: Telemetry): number {
  return spanTotals.waiting + spanTotals.inFlight + logTotals.waiting + logTotals.inFlight;
}

function reportLost({ spanTotals, logTotals }: Telemetry, diagnostics: Diagnostics): void {
  for (const [signal, { waiting, inFlight }] of Object.entries({
    spans: spanTotals,
    logs: logTotals,
  })) {
    if (waiting + inFlight === 0) continue;
    const sentence = `${signal} lost at exit: the collector did not take them in time`;
    diagnostics.report(sentence, { waiting, in_flight: inFlight });
  }
}
