import { Catalogue } from "../../telemetry/catalogue.ts";
import type { ComputedPoint } from "../../telemetry/metrics/point-book.ts";
import type { TypeMetrics } from "../../telemetry/metrics/type-metrics.ts";
import type { SystemRuntime } from "./system-runtime.ts";

/** Maximum values over all mailboxes of a type. */
interface Extremes {
  maxDepth: number;
  oldestAgeMs: number;
}

/** Depth of the fullest mailbox and age of the oldest message by actor type, computed when collected. */
export function mailboxReadings(system: SystemRuntime): ComputedPoint[] {
  const byType = new Map<TypeMetrics, Extremes>();
  for (const metrics of system.typeMetrics()) byType.set(metrics, { maxDepth: 0, oldestAgeMs: 0 });
  const nowMs = system.clock.monotonicMs();
  for (const cell of system.topLevel.descendants()) {
    if (cell.depth === 0) continue;
    const extremes = byType.get(cell.type.metrics);
    if (extremes === undefined) continue;
    extremes.maxDepth = Math.max(extremes.maxDepth, cell.depth);
    extremes.oldestAgeMs = Math.max(
      extremes.oldestAgeMs,
      nowMs - (cell.oldestSentAtMs(nowMs) ?? nowMs),
    );
  }
  return [...byType].flatMap(([{ type, attributes }, extremes]) => [
    point(Catalogue.MailboxMaxDepth, type, attributes, extremes.maxDepth),
    point(Catalogue.OldestMessageAge, type, attributes, extremes.oldestAgeMs / 1000),
  ]);
}

function point(
  metric: ComputedPoint["metric"],
  type: string,
  attributes: ComputedPoint["attributes"],
  value: number,
): ComputedPoint {
  return { metric, attributes, key: `${metric.name}|${type}`, value };
}
