import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type ActorSystem, createSystem, openSqliteStore } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { type Fact, StoreProcess } from "../../_support/store-process.ts";
import { whole } from "../../_support/whole-actor.ts";

const PROGRAM = join(import.meta.dirname, "../../_support/whole-program.ts");
const ROUNDS = 3;
/** How many actors the program adds to. */
const ACTORS = 4;

/** The highest count of each key that was replied. */
function replied(facts: readonly Fact[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key, count } of facts) {
    if (typeof key === "string" && typeof count === "number") counts.set(key, count);
  }
  return counts;
}

/** Whether each actor of the program has replied a count above `least`. */
function allAbove(least: number, facts: readonly Fact[]): boolean {
  const counts = [...replied(facts).values()];
  return counts.length === ACTORS && counts.every((count) => count > least);
}

/** Asserts that all parts of each stored actor agree, and that nothing is missing that was replied. Returns the counts. */
async function assertWhole(
  directory: string,
  atLeast: ReadonlyMap<string, number>,
  ahead = 1,
): Promise<Map<string, number>> {
  const store = await openSqliteStore({ directory });
  const { systemOptions } = inMemoryTelemetry();
  const system = createSystem({ ...systemOptions, actors: [whole], store });
  try {
    return await assertParts(system, atLeast, ahead);
  } finally {
    await system.shutdown();
    expectBooks(system);
  }
}

async function assertParts(
  system: ActorSystem,
  atLeast: ReadonlyMap<string, number>,
  ahead: number,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const { keys } = await system.keys(whole);
  // An actor whose first addition was not replied to before the kill may be stored too.
  const names = new Set([...atLeast.keys(), ...keys.map(({ key }) => key.join())]);
  for (const name of names) {
    const replies = atLeast.get(name) ?? 0;
    const { state, value, rows, schedules } = await system.get(whole, name).ask.parts();
    assert.ok(state >= replies, `${name}: ${state}, replied ${replies}`);
    assert.equal(value ?? 0, state);
    assert.equal(schedules, Math.min(state, 5));
    // A database commits by itself, before the rest; in a copy it is from a later moment.
    assert.ok(rows >= state && rows <= state + ahead, `${name}: ${rows} rows, ${state}`);
    counts.set(name, state);
  }
  for (const { key, queued } of (await system.keys(whole)).keys) {
    assert.equal(queued, counts.get(key.join()), "each addition has queued a message");
  }
  return counts;
}

/** Ids of the processes whose parent is `pid`. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => parentOf(id) === pid);
}

function parentOf(id: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]);
  } catch {
    return undefined; // it has ended
  }
}

describe("keyed actors with everything that can be stored", () => {
  it(`are whole after their process was killed, in ${ROUNDS} rounds`, async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    let counts = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      await using child = new StoreProcess(["add", directory], [], PROGRAM);
      const last = round === ROUNDS - 1;
      await child.until((facts) => (last ? allAbove(10, facts) : facts.length > 8 + round * 31));
      await child.kill();
      counts = await assertWhole(directory, new Map([...counts, ...replied(child.facts)]));
    }
    assert.equal(counts.size, ACTORS);
    assert.ok([...counts.values()].every((count) => count > 10));
  });

  it("are whole in a copy of the files that is made while they are written, as after a loss of power", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    await using child = new StoreProcess(["add", directory], [], PROGRAM);
    await child.until((facts) => facts.length > 40);
    const before = replied(child.facts);

    // The log last: what is moved from it into the file is synchronized before the log begins anew.
    for (const name of ["limelight.db", "limelight.db-wal"]) {
      cpSync(join(directory, name), folder.file(`copy/${name}`));
    }
    cpSync(join(directory, "db"), folder.file("copy/db"), { recursive: true });
    await child.kill();

    await assertWhole(folder.file("copy"), before, Number.POSITIVE_INFINITY);
  });

  it("leave no process behind when theirs is killed while a statement runs", async (t) => {
    if (process.platform !== "linux") return t.skip("reads /proc");
    using folder = new DataFolder();
    const directory = folder.file("data");
    await using child = new StoreProcess(["busy", directory], [], PROGRAM);
    await child.until((facts) => facts.some(({ spinning }) => spinning === true));
    const workers = childrenOf(child.pid);
    assert.ok(workers.length > 0);

    await child.kill();

    while (workers.some((id) => parentOf(id) !== undefined)) await nextTurn();
    await assertWhole(directory, replied(child.facts));
  });
});
