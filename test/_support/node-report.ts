import type { MonitoredSystem } from "../../src/index.ts";
import { findImbalances, type InMemoryTelemetry } from "../../src/testing.ts";

/** What a node says of itself: everything by plain numbers, so that it can cross processes. */
export interface NodeReport {
  /** Name of the node. */
  readonly node: string;
  /** Equations of its books that do not hold. */
  readonly imbalances: readonly string[];
  /** Levels that are not zero, as `name|attributes`. */
  readonly levels: Readonly<Record<string, number>>;
  /** Counters, as `name value of the attribute`. */
  readonly counts: Readonly<Record<string, number>>;
}

const COUNTERS = [
  "cluster.commands",
  "cluster.events",
  "cluster.calls",
  "cluster.dead_letters",
  "cluster.engine.unknown_writes",
  "cluster.fences",
];

/** Reads the metrics and the books of a system. */
export async function reportOf(
  system: MonitoredSystem,
  telemetry: InMemoryTelemetry,
): Promise<NodeReport> {
  const counts: Record<string, number> = {};
  for (const name of COUNTERS) {
    for (const { attributes, value } of await telemetry.points(name)) {
      const key = [name, ...Object.values(attributes)].join(" ");
      if (typeof value === "number") counts[key] = (counts[key] ?? 0) + value;
    }
  }
  const books = system.books();
  const imbalances = findImbalances(books);
  return { node: system.name, imbalances, levels: books.levels, counts };
}
