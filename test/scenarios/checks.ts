import assert from "node:assert/strict";
import type { ActorRow, ShutdownReport } from "../../src/index.ts";
import { expectBooks } from "../../src/testing.ts";
import { expectClosedBooks } from "../_support/actor-system.ts";
import type { World } from "./world.ts";

/** Walks over all actors take a while, so there is one after each of so many steps, and after the last. */
const WALK_EVERY = 3;

/** Node's timers fire up to this much before their time. */
const TIMER_EARLY_MS = 1;

/** Checks what holds at any moment outside a handler. */
export function checkNow(world: World, step: number): void {
  guarded(world, () => expectBooks(world.system));
  if (world.clock !== undefined) world.ledger.checkTimeouts();
  // Promises that have been rejected in this turn may not have said so yet.
  if (world.plan.steps[step]?.do !== "act")
    world.ledger.checkHopes((holder) => world.troupe.isOver(holder));
  checkCounts(world, false);
  if (step % WALK_EVERY === 0 || step === world.plan.steps.length - 1) checkWalk(world);
}

/** Checks what holds once the system is down. */
export function checkEnd(world: World, report: ShutdownReport): void {
  guarded(world, () => expectClosedBooks(world.system));
  checkReport(world, report);
}

/** Checks what holds when everything that outlived its actor has come back. */
export function checkAfterwards(world: World): void {
  guarded(world, () => expectClosedBooks(world.system));
  checkCounts(world, true);
  world.ledger.checkEnds();
  for (const what of world.pending.values()) world.problem(`${what} never settled`);
  for (const problem of world.spans.problems()) world.problem(problem);
  const { clock } = world;
  if (clock === undefined) return;
  const { pendingTimers, backgroundTimers } = clock;
  if (pendingTimers + backgroundTimers > 0) {
    world.problem(`timers are left on the clock: ${pendingTimers}, ${backgroundTimers}`);
  }
}

/** Checks that the instruments which the SDK collects say the same as the books. */
export async function checkMetrics(world: World): Promise<void> {
  const { telemetry } = world;
  const { booksAtEnd, lettersOfLastTurn } = world.ending;
  if (telemetry === undefined || booksAtEnd === undefined) return;
  if (lettersOfLastTurn > 0) return; // what is sent after the report is made is not collected
  const { sent, handled, started, deadLetters } = booksAtEnd;
  const wanted = { sent, handled, started, deadLetters, active: 0 };
  const collected = {
    sent: await telemetry.value("actor.message.sent"),
    handled: await telemetry.value("actor.message.handled"),
    started: await telemetry.value("actor.started"),
    deadLetters: await telemetry.value("actor.dead_letters"),
    active: await telemetry.value("actor.active"),
  };
  guarded(world, () => assert.deepEqual(collected, wanted, "the metrics differ from the books"));
}

function guarded(world: World, check: () => void): void {
  try {
    check();
  } catch (error) {
    world.problem((error as Error).message);
  }
}

/**
 * The books count what the ledger has seen. It learns of a refusal in a later microtask, and of those by topics and
 * broadcasts not at all.
 */
function checkCounts(world: World, atEnd: boolean): void {
  const { ledger, system } = world;
  const { deadLetters, rejected } = system.books();
  const told = [ledger.deadLetters, system.deadLetters.total];
  if (told.some((count) => count !== deadLetters)) {
    world.problem(`${deadLetters} dead letters are counted, ${told.join(" and ")} were told of`);
  }
  const exact = atEnd && ledger.messages.every(({ copies }) => copies !== "many");
  if (rejected < ledger.refused || (exact && rejected !== ledger.refused)) {
    world.problem(`${rejected} messages are counted as rejected, ${ledger.refused} were refused`);
  }
}

/** The gauges, read from the books, equal what a walk over the living actors finds. */
function checkWalk(world: World): void {
  const rows = world.system.monitor.snapshot().actors.filter(({ state }) => state !== "stopped");
  const { levels, active } = world.system.books();
  if (rows.length !== active)
    world.problem(`${active} actors are active, but ${rows.length} alive`);
  const walked: Record<string, number> = {};
  const add = (name: string, value: number): void => {
    if (value !== 0) walked[name] = (walked[name] ?? 0) + value;
  };
  for (const row of rows) addRow(row, add);
  const read: Record<string, number> = {};
  for (const [key, value] of Object.entries(levels)) {
    const name = nameOf(key);
    if (name !== undefined) read[name] = (read[name] ?? 0) + value;
  }
  guarded(world, () => assert.deepEqual(read, walked, "gauges differ from the living actors"));
  checkFamily(world, rows);
}

function addRow(row: ActorRow, add: (name: string, value: number) => void): void {
  add(`actor.active ${row.type} ${row.state}`, 1);
  add(`actor.mailbox.depth ${row.type}`, row.mailbox.depth);
  add(`actor.task.active ${row.type}`, row.tasks.length);
}

/** The name under which a gauge is compared; `undefined` for others. */
function nameOf(key: string): string | undefined {
  const [metric = "", json = "{}"] = key.split("|");
  const attributes = JSON.parse(json) as Readonly<Record<string, string>>;
  const type = attributes["actor.type"];
  switch (metric) {
    case "actor.active":
      return `${metric} ${type} ${attributes["actor.state"]}`;
    case "actor.mailbox.depth":
    case "actor.task.active":
      return `${metric} ${type}`;
    default:
      return undefined;
  }
}

/** Every actor whose end has not been logged is found by a walk: none has vanished from its family. */
function checkFamily(world: World, rows: readonly ActorRow[]): void {
  if (!world.lines.tellsEnds) return;
  const alive = new Set(rows.map(({ id }) => id));
  for (const { ref, ended } of world.troupe.players) {
    if (ref === undefined || ended === !alive.has(ref.id)) continue;
    world.problem(`${ref.id} has ${ended ? "ended, but is still there" : "vanished"}`);
  }
}

function checkReport(world: World, { deadLetters, killed, durationMs }: ShutdownReport): void {
  const { lines, plan, ending } = world;
  const lost = (ending.booksAtEnd?.deadLetters ?? 0) - ending.lettersBefore;
  // In its last turn, code goes on before and after the report is made.
  if (deadLetters > lost || deadLetters < lost - ending.lettersOfLastTurn) {
    world.problem(`${deadLetters} dead letters reported instead of ${lost}`);
  }
  if (killed > 0 && durationMs + TIMER_EARLY_MS < plan.world.shutdownDeadlineMs) {
    world.problem(`the shutdown killed ${killed} after ${durationMs} ms, before its deadline`);
  }
  if (!lines.tellsEnds) return;
  const kills = lines.kills - ending.killsBefore;
  const exact = ending.scriptedKills === ending.scriptedKillsBefore && !lines.hasOverdue; // their deadlines may kill as well
  if (kills < killed || (exact && kills !== killed)) {
    world.problem(`the shutdown reported ${killed} killed, but ${kills} ended so`);
  }
}
