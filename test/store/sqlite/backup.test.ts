import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { describe, it } from "node:test";
import { sqlite } from "../../../src/store/sqlite/load-sqlite.ts";
import { restoreBackup } from "../../../src/store/sqlite/restore.ts";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { listAll } from "../../_support/store-model.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Creates a closed store with one entry in `data`, and its backup in `backup.db`. */
async function createBackup(folder: DataFolder): Promise<{ directory: string; backup: string }> {
  const [directory, backup] = [folder.file("data"), folder.file("backup.db")];
  const store = await SqliteStore.open({ directory });
  await store.put("a", bytes("saved"));
  await store.backup(backup);
  await store.put("a", bytes("later"));
  await store.close();
  return { directory, backup };
}

async function read(directory: string): Promise<string> {
  const store = await SqliteStore.open({ directory });
  const entry = await store.get("a");
  await store.close();
  return Buffer.from(entry?.value ?? []).toString();
}

function setFormat(file: string, version: number): void {
  const database = new (sqlite().DatabaseSync)(file);
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

describe("a backup", () => {
  it("of a store that is being written is as of one moment, and can be restored", async () => {
    using folder = new DataFolder();
    const store = await SqliteStore.open({ directory: folder.file("data") });
    let isRunning = true;
    let rounds = 0;
    const write = async (): Promise<void> => {
      while (isRunning) {
        rounds += 1;
        const value = bytes(String(rounds));
        await store.batch(["a", "b", "c"].map((key) => ({ kind: "put", key, value })));
      }
    };
    const writing = write();
    for (let at = 0; at < 200; at += 1) await store.put(`k/${at}`, new Uint8Array(5_000));

    await store.backup(folder.file("backup.db"));
    isRunning = false;
    await writing;
    await store.close();

    restoreBackup({ backup: folder.file("backup.db"), directory: folder.file("restored") });
    const restored = await SqliteStore.open({ directory: folder.file("restored") });
    const { entries } = await restored.load({ keys: ["a", "b", "c"] });
    assert.equal(new Set(entries.map(({ revision }) => revision)).size, 1);
    assert.equal((await listAll(restored, "k/")).length, 200);
    const revision = await restored.put("a", bytes("new"));
    assert.ok(revision > (entries[0]?.revision ?? 0));
    await restored.close();
  });

  it("replaces no file, and leaves none behind when it fails", async () => {
    using folder = new DataFolder();
    const store = await SqliteStore.open({ directory: folder.file("data") });
    writeFileSync(folder.file("there"), "mine");

    const unavailable = { name: "StoreError", code: "ERR_STORE_UNAVAILABLE" };
    await assert.rejects(store.backup(folder.file("there")), unavailable);
    await assert.rejects(store.backup(folder.file("missing/backup.db")), unavailable);

    assert.equal(readFileSync(folder.file("there"), "utf8"), "mine");
    assert.ok(!existsSync(folder.file("there.part")));
    await store.close();
    await assert.rejects(store.backup(folder.file("b.db")), { code: "ERR_STORE_CLOSED" });
  });
});

describe("a restore", () => {
  it("replaces a store only on request, and keeps what it replaces", async () => {
    using folder = new DataFolder();
    const { directory, backup } = await createBackup(folder);

    assert.throws(() => restoreBackup({ backup, directory }), { code: "ERR_STORE_UNAVAILABLE" });
    assert.equal(await read(directory), "later");
    restoreBackup({ backup, directory, replace: true });

    for (const file of [backup, `${directory}/limelight.db`]) {
      assert.equal(statSync(file).mode & 0o777, 0o600);
    }
    assert.equal(await read(directory), "saved");
    assert.ok(existsSync(`${directory}/limelight.db.replaced`));
  });

  it("replaces a damaged store", async () => {
    using folder = new DataFolder();
    const { directory, backup } = await createBackup(folder);
    truncateSync(`${directory}/limelight.db`, 100);

    restoreBackup({ backup, directory, replace: true });

    assert.equal(await read(directory), "saved");
  });

  it("refuses a backup of a later format, and a store of one", async () => {
    using folder = new DataFolder();
    const { directory, backup } = await createBackup(folder);
    const newer = { name: "StoreError", code: "ERR_STORE_NEWER_FORMAT" };

    setFormat(`${directory}/limelight.db`, 2);
    assert.throws(() => restoreBackup({ backup, directory, replace: true }), newer);
    setFormat(`${directory}/limelight.db`, 1);
    setFormat(backup, 2);
    assert.throws(() => restoreBackup({ backup, directory, replace: true }), newer);

    assert.equal(await read(directory), "later");
  });

  it("refuses a backup that is damaged, is something else or is not there", async () => {
    using folder = new DataFolder();
    const { directory, backup } = await createBackup(folder);
    const refused = (file: string, code: string): void => {
      assert.throws(() => restoreBackup({ backup: file, directory, replace: true }), { code });
    };

    writeFileSync(folder.file("text.db"), "text ".repeat(5_000));
    refused(folder.file("text.db"), "ERR_STORE_CORRUPT");
    refused(folder.file("missing.db"), "ERR_STORE_UNAVAILABLE");
    truncateSync(backup, 10_000);
    refused(backup, "ERR_STORE_CORRUPT");

    assert.equal(await read(directory), "later");
  });

  it("refuses a directory that is in use", async () => {
    using folder = new DataFolder();
    const { directory, backup } = await createBackup(folder);
    const store = await SqliteStore.open({ directory });

    assert.throws(() => restoreBackup({ backup, directory, replace: true }), {
      code: "ERR_STORE_LOCKED",
    });

    await store.close();
    assert.equal(await read(directory), "later");
  });

  it("can be run again after it was interrupted, until then the store is not opened", async () => {
    using folder = new DataFolder();
    const { backup } = await createBackup(folder);
    const directory = folder.file("new");
    mkdirSync(directory);
    writeFileSync(`${directory}/limelight.restored.db`, readFileSync(backup).subarray(0, 100));
    await assert.rejects(SqliteStore.open({ directory }), { code: "ERR_STORE_UNAVAILABLE" });

    restoreBackup({ backup, directory });

    assert.equal(await read(directory), "saved");
  });
});
