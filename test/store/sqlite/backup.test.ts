import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { sqlite } from "../../../src/store/sqlite/load-sqlite.ts";
import { restoreBackup } from "../../../src/store/sqlite/restore.ts";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { attachDatabase } from "../../_support/attached-databases.ts";
import { DataFolder } from "../../_support/data-folder.ts";

const WRITERS = 128;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function count(file: string): number {
  const database = new (sqlite().DatabaseSync)(file, { readOnly: true });
  assert.deepEqual({ ...database.prepare("PRAGMA quick_check").get() }, { quick_check: "ok" });
  const row = database.prepare("SELECT count(*) AS count FROM item").get();
  database.close();
  return Number(row?.["count"]);
}

describe("a backup", () => {
  it(`of a store with ${WRITERS} writers has every write that was acknowledged before it`, async () => {
    using folder = new DataFolder();
    const store = await SqliteStore.open({ directory: folder.file("data") });
    const acknowledged = new Map<string, number>();
    let isRunning = true;
    const writing = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let round = 0; isRunning; round += 1) {
        const value = bytes(`${round}`.padEnd(200, "."));
        const pair = [`k/${writer}/a`, `k/${writer}/b`];
        const { revision } = await store.batch(pair.map((key) => ({ kind: "put", key, value })));
        acknowledged.set(`k/${writer}/a`, revision);
      }
    });
    while (acknowledged.size < WRITERS) await store.put("k", bytes("one turn more"));

    const before = new Map(acknowledged);
    const manifest = await store.backup(folder.file("backup"));
    isRunning = false;
    await Promise.all(writing);
    await store.close();

    assert.deepEqual(
      manifest.files.map(({ path }) => path),
      ["limelight.db"],
    );
    restoreBackup({ backup: folder.file("backup"), directory: folder.file("restored") });
    const restored = await SqliteStore.open({ directory: folder.file("restored") });
    const { entries } = await restored.list("k/", { limit: 1_000 });
    const revisions = new Map(entries.map(({ key, revision }) => [key, revision]));
    for (const [key, revision] of before) {
      assert.ok((revisions.get(key) ?? 0) >= revision, `${key} at ${revision} is lost`);
      assert.equal(revisions.get(key), revisions.get(key.replace("/a", "/b")), "torn");
    }
    const revision = await restored.put("a", bytes("new"));
    assert.ok(revision > Math.max(...revisions.values()));
    await restored.close();
  });

  it("has the databases of actors, those that are being written too, and no others", async () => {
    using folder = new DataFolder();
    const [directory, backup] = [folder.file("data"), folder.file("backup")];
    const store = await SqliteStore.open({ directory });
    const one = await attachDatabase(store, directory, "board/one.sqlite");
    const gone = await attachDatabase(store, directory, "board/gone.sqlite");
    one.exec("INSERT INTO item VALUES (1); INSERT INTO item VALUES (2)");
    one.exec("BEGIN; INSERT INTO item VALUES (3)");
    gone.close();
    rmSync(`${directory}/db/board/gone.sqlite`);
    writeFileSync(`${directory}/db/board/unknown.sqlite`, "not of an actor");
    await store.put("f/board/x/y", bytes("../../secret"));

    const manifest = await store.backup(backup);
    one.exec("COMMIT; INSERT INTO item VALUES (4)");
    one.close();
    await store.close();

    assert.deepEqual(
      manifest.files.map(({ path }) => path),
      ["limelight.db", "db/board/one.sqlite"],
    );
    assert.deepEqual(manifest.absent, ["db/board/gone.sqlite"]);
    assert.deepEqual(readdirSync(`${backup}/db/board`), ["one.sqlite"]);
    restoreBackup({ backup, directory: folder.file("restored") });
    assert.equal(count(`${folder.file("restored")}/db/board/one.sqlite`), 2);
    assert.equal(count(`${directory}/db/board/one.sqlite`), 4);
  });

  it("replaces nothing, and leaves nothing behind when it fails", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    const store = await SqliteStore.open({ directory });
    mkdirSync(folder.file("there"));
    writeFileSync(folder.file("there/mine"), "mine");
    writeFileSync(folder.file("file"), "mine");
    const damaged = await attachDatabase(store, directory, "board/damaged.sqlite");
    damaged.close();
    writeFileSync(`${directory}/db/board/damaged.sqlite`, "text ".repeat(5_000));
    const unavailable = { name: "StoreError", code: "ERR_STORE_UNAVAILABLE" };

    await assert.rejects(store.backup(folder.file("there")), unavailable);
    await assert.rejects(store.backup(folder.file("file")), unavailable);
    await assert.rejects(store.backup(`${directory}/backup`), unavailable);
    await assert.rejects(store.backup(folder.file("new")), { code: "ERR_STORE_CORRUPT" });

    assert.equal(readFileSync(folder.file("there/mine"), "utf8"), "mine");
    assert.ok(!existsSync(folder.file("new")));
    assert.ok(!existsSync(`${directory}/backup`));
    await store.close();
    await assert.rejects(store.backup(folder.file("b")), { code: "ERR_STORE_CLOSED" });
  });
});
