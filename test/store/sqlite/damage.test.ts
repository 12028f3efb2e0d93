import assert from "node:assert/strict";
import { copyFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { LimelightError } from "../../../src/base/errors.ts";
import { sqlite } from "../../../src/store/sqlite/load-sqlite.ts";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { listAll } from "../../_support/store-model.ts";
import { StoreProcess } from "../../_support/store-process.ts";

const FLIPS = 20;

/** Creates a store of some 40 pages, and returns its entries. */
async function createStore(directory: string): Promise<[string, string][]> {
  const store = await SqliteStore.open({ directory });
  for (let at = 0; at < 60; at += 1) {
    await store.put(`k/${at}`, new Uint8Array(at * 80).fill(at));
  }
  const entries = await listAll(store, "");
  await store.close();
  return entries;
}

/** Everything that a store returns; the code of the error if it refuses to. */
async function readStore(directory: string): Promise<[string, string][] | string> {
  let store: SqliteStore | undefined;
  try {
    store = await SqliteStore.open({ directory });
    return await listAll(store, "");
  } catch (error) {
    assert.ok(LimelightError.is(error), String(error));
    return error.code;
  } finally {
    await store?.close().catch((error: unknown) => assert.ok(LimelightError.is(error)));
  }
}

describe("a damaged store", () => {
  it(`never returns what was not written, after a bit has flipped at ${FLIPS} offsets`, async () => {
    using folder = new DataFolder();
    const original = folder.file("original");
    const entries = await createStore(original);
    const file = readFileSync(`${original}/limelight.db`);
    const refusals = new Map<string, number>();
    for (let flip = 0; flip < FLIPS; flip += 1) {
      // Spread over the file, the first ones in its header and schema.
      const offset = flip < 5 ? flip * 21 : Math.floor((file.length * flip) / FLIPS) + flip * 37;
      const directory = folder.file(`flip-${flip}`);
      cpSync(original, directory, { recursive: true });
      const damaged = Buffer.from(file);
      damaged[offset] = (damaged[offset] ?? 0) ^ (1 << (flip % 8));
      writeFileSync(`${directory}/limelight.db`, damaged);

      const read = await readStore(directory);

      if (typeof read === "string") refusals.set(read, (refusals.get(read) ?? 0) + 1);
      else assert.deepEqual(read, entries, `offset ${offset}`);
    }
    assert.ok((refusals.get("ERR_STORE_CORRUPT") ?? 0) >= 5, JSON.stringify([...refusals]));
    for (const code of refusals.keys()) {
      assert.match(code, /^ERR_STORE_(CORRUPT|NEWER_FORMAT)$/);
    }
  });

  it("opens with a prefix of its commits when the end of its log and its mark are missing", async () => {
    using folder = new DataFolder();
    await using child = new StoreProcess(["save", folder.file("data")]);
    await child.until((facts) => facts.length > 600);
    await child.kill();
    const wal = readFileSync(folder.file("data/limelight.db-wal"));

    let last = Number.POSITIVE_INFINITY;
    for (const share of [1, 0.9, 0.5, 0.1, 0.01, 0]) {
      const directory = folder.file(`cut-${share}`);
      cpSync(folder.file("data"), directory, { recursive: true });
      rmSync(`${directory}/limelight.mark`);
      truncateSync(`${directory}/limelight.db-wal`, Math.floor(wal.length * share));
      const store = await SqliteStore.open({ directory });
      const { entries } = await store.list("", { limit: 1_000 });
      const pairs = entries.filter(({ key }) => key.startsWith("pair/"));
      for (let at = 0; at < pairs.length; at += 2) {
        assert.equal(pairs[at]?.revision, pairs[at + 1]?.revision, `a batch was torn at ${share}`);
      }
      const revision = Math.max(0, ...entries.map((entry) => entry.revision));
      assert.ok(revision <= last, `revision ${revision} after ${last}`);
      assert.ok(share > 0 || revision === 0);
      last = revision;
      await store.close();
    }
  });

  it("is found out when it is opened, if it was not closed", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    await createStore(directory);
    const database = new (sqlite().DatabaseSync)(`${directory}/limelight.db`);
    database.exec("UPDATE store SET clean = 0; PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
    const file = readFileSync(`${directory}/limelight.db`);
    copyFileSync(`${directory}/limelight.db`, folder.file("sound.db"));
    file.fill(0xff, file.length - 8_192, file.length - 8_000); // the header of the last page
    writeFileSync(`${directory}/limelight.db`, file);

    await assert.rejects(SqliteStore.open({ directory }), { code: "ERR_STORE_CORRUPT" });

    copyFileSync(folder.file("sound.db"), `${directory}/limelight.db`);
    assert.equal((await readStore(directory)).length, 60);
  });
});
