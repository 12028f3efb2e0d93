import type { ActorEntry } from "../../viewer/actor-entry.ts";
import type { Findings } from "../../wire/condition.ts";

/**
 * What is remarkable about an actor, a letter each: `D` in a deadlock, `S` stuck, `!` at its limit of restarts,
 * `B` waits before a restart, `F` its mailbox is full, `X` ended, `R` has restarted, `W` waits for another
 * actor, `L` has links.
 */
export function flagsOf(entry: ActorEntry, findings: Findings, nowAtMs: number): string {
  const { row } = entry;
  const { supervision, mailbox, waits } = row;
  const flags: readonly (readonly [string, boolean])[] = [
    ["D", findings.deadlocks.has(row.id)],
    ["S", findings.stuck.has(row.id)],
    ["!", entry.isAtRestartLimit(nowAtMs)],
    ["B", supervision.backingOff],
    ["F", mailbox.depth >= mailbox.limit],
    ["X", row.stopped !== null],
    ["R", supervision.restarts > 0],
    ["W", waits.length > 0],
    ["L", supervision.links.length > 0],
  ];
  return flags.map(([letter, holds]) => (holds ? letter : "")).join("");
}
