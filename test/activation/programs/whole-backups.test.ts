import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { createSystem, type MonitoredSystem, openSqliteStore } from "../../../src/index.ts";
import { restoreBackup } from "../../../src/store.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { JumpingClock } from "../../_support/jumping-clock.ts";
import { LATER_MS, whole } from "../../_support/whole-actor.ts";

const MAIN = join(import.meta.dirname, "../../../src/cli/main.ts");
const KEYS = ["a", "b", "c", "d"];

async function limelight(...args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [MAIN, ...args]);
}

async function open(directory: string, clock?: JumpingClock): Promise<MonitoredSystem> {
  const store = await openSqliteStore({ directory });
  const { systemOptions } = inMemoryTelemetry();
  const options = clock === undefined ? {} : { clock };
  return createSystem({ ...systemOptions, ...options, actors: [whole], store });
}

/** Makes a backup of a system whose actors write all the time. Returns what was acknowledged before it. */
async function backUpUnderWrites(
  directory: string,
  backUp: (store: { backup(target: string): Promise<unknown> }) => Promise<unknown>,
): Promise<Map<string, number>> {
  const store = await openSqliteStore({ directory });
  const { systemOptions } = inMemoryTelemetry();
  const system = createSystem({ ...systemOptions, actors: [whole], store });
  const counts = new Map<string, number>();
  let isRunning = true;
  const writing = KEYS.map(async (key) => {
    while (isRunning) counts.set(key, await system.get(whole, key).ask.add());
  });
  while ([...KEYS].some((key) => (counts.get(key) ?? 0) < 6)) {
    await system.get(whole, "other").ask.add();
  }
  const before = new Map(counts);
  await backUp(store);
  isRunning = false;
  await Promise.all(writing);
  await system.shutdown();
  expectBooks(system);
  return before;
}

/** Asserts that a restored system works, and that no record refers to anything that is missing. */
async function assertRestored(directory: string, before: Map<string, number>): Promise<void> {
  const clock = new JumpingClock();
  const system = await open(directory, clock);
  const listed = await system.keys(whole);
  const counts = new Map<string, number>();
  for (const [key, count] of before) {
    const { state, value, rows, schedules } = await system.get(whole, key).ask.parts();
    assert.ok(state >= count, `${key}: ${state}, acknowledged ${count}`);
    assert.deepEqual([value, schedules], [state, 5]);
    assert.ok(rows >= state, "databases are copied after the store");
    counts.set(key, state);
  }
  for (const { key, queued, schedules } of listed.keys) {
    const state = counts.get(key.join());
    if (state !== undefined) assert.deepEqual([queued, schedules], [state, 5]);
  }
  const files = readdirSync(join(directory, "db/whole")).filter((name) => name.endsWith(".sqlite"));
  assert.equal(files.length, listed.keys.length, "one database for each actor");

  // The queues go on, in order; new changes are stored; schedules fire.
  const one = system.get(whole, "a");
  assert.deepEqual([await one.ask.take(), await one.ask.take()], [1, 2]);
  const added = await one.ask.add();
  assert.equal(added, (counts.get("a") ?? 0) + 1);
  clock.jump(LATER_MS - clock.epochMs() + 1_000);
  await clock.advance(60_000); // the wall clock is read once a minute
  // One message at a time: the mailbox has an end, and the disk may be slow.
  let { state } = await one.ask.parts();
  while (state !== added + 5_000) ({ state } = await one.ask.parts());
  await system.shutdown();
  expectBooks(system);
}

describe("a backup of keyed actors that write into everything", () => {
  it("is restored into a system that goes on from there", async () => {
    using folder = new DataFolder();
    const backup = folder.file("backup");

    const before = await backUpUnderWrites(folder.file("data"), (store) => store.backup(backup));
    restoreBackup({ backup, directory: folder.file("restored") });

    await assertRestored(folder.file("restored"), before);
  });

  it("is the same through the commands, from another process", async () => {
    using folder = new DataFolder();
    const [data, backup, restored] = ["data", "backup", "restored"].map((name) =>
      folder.file(name),
    ) as [string, string, string];

    const before = await backUpUnderWrites(data, () => limelight("backup", data, backup));
    await limelight("restore", backup, restored);

    await assertRestored(restored, before);
  });
});
