import type { Clock } from "../../src/base/clock.ts";
import { CallTelemetry } from "../../src/cluster/routing/call-telemetry.ts";
import { CallMetrics } from "../../src/cluster/telemetry/call-metrics.ts";
import { PointBook } from "../../src/telemetry/metrics/point-book.ts";
import { ImbalanceLog } from "../../src/telemetry/metrics/points.ts";

/** Telemetry of calls that counts, and opens no spans. */
export function quietCallTelemetry(clock: Clock): CallTelemetry {
  const imbalances = new ImbalanceLog((metric) => {
    throw new Error(`${metric} would be negative`);
  });
  const book = new PointBook(imbalances, { wantsRecords: false, record() {} });
  const openServer = (): never => {
    throw new Error("tracing is off");
  };
  return new CallTelemetry({
    clock,
    metrics: new CallMetrics(book),
    tracing: { active: false, openServer },
  });
}
