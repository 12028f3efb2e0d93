import type { ActorEntry } from "../../viewer/actor-entry.ts";
import type { Findings } from "../../wire/condition.ts";

/**
 * Returns the flags of an actor, a letter each: `D` in a deadlock, `S` stuck, `!` at its restart limit, `B`
 * waiting before a restart, `F` mailbox full, `X` ended, `R` restarted before, `W` waiting for another actor,
 * `L` linked.
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
