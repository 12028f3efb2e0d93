import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createSystem } from "../../../src/index.ts";
import { ATTACHED_PREFIX, attachedName } from "../../../src/store/contract/attached-files.ts";
import { restoreBackup } from "../../../src/store/sqlite/restore.ts";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { ledger } from "../../_support/ledger-actor.ts";
import { type Fact, StoreProcess } from "../../_support/store-process.ts";

const ROUNDS = 4;
const PROGRAM = join(import.meta.dirname, "../../_support/ledger-program.ts");

/** Notes the highest count of each key that was acknowledged. */
function note(counts: Map<string, number>, facts: readonly Fact[]): void {
  for (const { key, count } of facts) {
    counts.set(String(key), Math.max(Number(count), counts.get(String(key)) ?? 0));
  }
}

/** Asserts that everything acknowledged is there, that the three counts agree, and that no file is left over. */
async function assertSound(directory: string, counts: ReadonlyMap<string, number>): Promise<void> {
  const store = await SqliteStore.open({ directory });
  const system = createSystem({ store, logger: createLogger({ level: "silent" }) });
  for (const [key, count] of counts) {
    const found = await system.get(ledger, key).ask.counts();
    assert.ok(found.state >= count, `${key} at ${count} is lost`);
    assert.equal(found.kv, found.state);
    // The database commits before the state, so it may be one ahead of an addition that was not acknowledged.
    assert.ok(found.db === found.state || found.db === found.state + 1, JSON.stringify(found));
  }
  await system.shutdown(); // waits until the files of a former process are removed
  const again = await SqliteStore.open({ directory });
  const { entries } = await again.list(ATTACHED_PREFIX, { limit: 1_000 });
  await again.close();
  const known = entries.map(({ value }) => attachedName(value));
  const names = readdirSync(join(directory, "db/ledger"));
  // Databases that were not opened since still have the log of the process that was killed.
  const files = new Set(names.map((name) => `ledger/${name.replace(/-(wal|shm)$/, "")}`));
  assert.deepEqual([...files].toSorted(), known.toSorted());
}

describe("keyed actors with databases whose process is killed", () => {
  it(`have lost nothing that was acknowledged, and leave no file behind, in ${ROUNDS} rounds`, async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    const counts = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      await using child = new StoreProcess([directory, String(round * 1_000)], [], PROGRAM);
      await child.until((facts) => facts.length > 10 + round * 37);
      await child.kill();
      assert.equal(child.stderr, "");
      note(counts, child.facts);
    }

    await assertSound(directory, counts);
  });

  it("are backed up while they work, and restored with everything acknowledged before", async () => {
    using folder = new DataFolder();
    const [directory, backup, restored] = [folder.file("data"), folder.file("b"), folder.file("r")];
    const store = await SqliteStore.open({ directory });
    const system = createSystem({ store, logger: createLogger({ level: "silent" }) });
    const keys = Array.from({ length: 12 }, (_, at) => `k${at}`);
    const acknowledged = new Map<string, number>();
    let isRunning = true;
    const writing = keys.map(async (key) => {
      while (isRunning) acknowledged.set(key, await system.get(ledger, key).ask.add());
    });
    while (acknowledged.size < keys.length) await system.get(ledger, "other").ask.add();

    const before = new Map(acknowledged);
    const manifest = await store.backup(backup);
    isRunning = false;
    await Promise.all(writing);
    await system.shutdown();

    assert.deepEqual(manifest.absent, []);
    assert.equal(manifest.files.length, keys.length + 2);
    restoreBackup({ backup, directory: restored });
    const again = createSystem({
      store: await SqliteStore.open({ directory: restored }),
      logger: createLogger({ level: "silent" }),
    });
    for (const [key, count] of before) {
      const found = await again.get(ledger, key).ask.counts();
      assert.ok(found.state >= count, `${key} at ${count} is lost`);
      assert.ok(Number(found.db) >= found.state, "databases are copied after the store");
    }
    await again.shutdown();
  });
});
