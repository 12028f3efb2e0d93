import type { MonitoredSystem } from "../../src/index.ts";
import { interactionsOf } from "../../src/monitor/system-access.ts";
import type { InteractionRow } from "../../src/wire/interactions.ts";

/** Returns the edges of a system, as `from>to` with the numbers of messages that were sent and that failed. */
export function edgesOf(system: MonitoredSystem): Record<string, readonly [number, number]> {
  const rows = interactionsOf(system, { limit: 10_000 }).edges.map(
    (row) => [nameOf(row), [row.sent, row.failed]] as const,
  );
  return Object.fromEntries(rows);
}

/** Returns one edge. */
export function edgeOf(system: MonitoredSystem, name: string): InteractionRow | undefined {
  return interactionsOf(system, { limit: 10_000 }).edges.find((row) => nameOf(row) === name);
}

function nameOf({ from, fromKind, to }: InteractionRow): string {
  return `${from ?? `(${fromKind})`}>${to}`;
}
