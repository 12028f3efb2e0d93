import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { sqlite } from "../../../src/store/sqlite/load-sqlite.ts";
import { restoreBackup } from "../../../src/store/sqlite/restore.ts";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { attachDatabase } from "../../_support/attached-databases.ts";
import { DataFolder } from "../../_support/data-folder.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Creates a closed store with one entry and one database in `data`, and its backup in `backup`. */
async function createBackup(folder: DataFolder): Promise<{ directory: string; backup: string }> {
  const [directory, backup] = [folder.file("data"), folder.file("backup")];
  const store = await SqliteStore.open({ directory });
  await store.put("a", bytes("saved"));
  (await attachDatabase(store, directory, "board/one.sqlite")).close();
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

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** Changes the manifest of a backup. */
function edit(backup: string, change: (manifest: Record<string, unknown>) => void): void {
  const file = `${backup}/manifest.json`;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  change(manifest);
  writeFileSync(file, JSON.stringify(manifest));
}

describe("a restore", () => {
  it("needs an empty directory, and makes its files readable for the owner alone", async () => {
    using folder = new DataFolder();
    const { directory, backup } = await createBackup(folder);
    mkdirSync(folder.file("empty"));

    assert.throws(() => restoreBackup({ backup, directory }), { code: "ERR_STORE_UNAVAILABLE" });
    restoreBackup({ backup, directory: folder.file("empty") });

    assert.equal(await read(directory), "later");
    assert.equal(await read(folder.file("empty")), "saved");
    for (const name of ["limelight.db", "db/board/one.sqlite"]) {
      assert.equal(statSync(folder.file(`empty/${name}`)).mode & 0o777, 0o600);
      assert.equal(statSync(`${backup}/${name}`).mode & 0o777, 0o600);
    }
  });

  it("refuses a backup of a later format: of the backup, the store or a database", async () => {
    using folder = new DataFolder();
    const { backup } = await createBackup(folder);
    const directory = folder.file("new");
    const newer = { name: "StoreError", code: "ERR_STORE_NEWER_FORMAT" };
    const refuse = (name: string, change: () => void): void => {
      change();
      edit(backup, (manifest) => {
        const files = manifest["files"] as { path: string; sha256: string }[];
        for (const file of files) file.sha256 = sha256(`${backup}/${file.path}`);
      });
      assert.throws(() => restoreBackup({ backup, directory }), newer, name);
    };

    refuse("store", () => setFormat(`${backup}/limelight.db`, 2));
    refuse("database", () => {
      setFormat(`${backup}/limelight.db`, 1);
      setFormat(`${backup}/db/board/one.sqlite`, 2);
    });
    edit(backup, (manifest) => Object.assign(manifest, { format: 2, limelight: "9.0.0" }));
    assert.throws(() => restoreBackup({ backup, directory }), { ...newer, message: /9\.0\.0/ });
  });

  it("refuses a backup that is damaged, incomplete, something else or not there", async () => {
    using folder = new DataFolder();
    const { backup } = await createBackup(folder);
    const directory = folder.file("new");
    const refused = (code: string, message: RegExp): void => {
      assert.throws(() => restoreBackup({ backup, directory }), {
        name: "StoreError",
        code,
        message,
      });
    };
    const database = `${backup}/db/board/one.sqlite`;
    const content = readFileSync(database);
    const manifest = readFileSync(`${backup}/manifest.json`);

    truncateSync(database, 4_096);
    refused("ERR_STORE_CORRUPT", /one\.sqlite has changed/);
    rmSync(database);
    refused("ERR_STORE_CORRUPT", /one\.sqlite/);
    writeFileSync(database, content);
    edit(backup, (given) => Object.assign(given, { files: [{ path: "../../etc/passwd" }] }));
    refused("ERR_STORE_CORRUPT", /does not list/);
    writeFileSync(`${backup}/manifest.json`, "{");
    refused("ERR_STORE_CORRUPT", /JSON/);
    writeFileSync(`${backup}/manifest.json`, "null");
    refused("ERR_STORE_CORRUPT", /no format/);
    rmSync(`${backup}/manifest.json`);
    refused("ERR_STORE_UNAVAILABLE", /not a backup/);
    writeFileSync(`${backup}/manifest.json`, manifest);

    restoreBackup({ backup, directory });
    assert.equal(await read(directory), "saved");
  });

  it("refuses a directory that is in use", async () => {
    using folder = new DataFolder();
    const { backup } = await createBackup(folder);
    const directory = folder.file("used");
    const store = await SqliteStore.open({ directory });

    assert.throws(() => restoreBackup({ backup, directory }), { code: "ERR_STORE_LOCKED" });

    await store.close();
  });

  it("can be run again after it was interrupted, until then the store is not opened", async () => {
    using folder = new DataFolder();
    const { backup } = await createBackup(folder);
    const directory = folder.file("new");
    mkdirSync(`${directory}/db/board`, { recursive: true });
    const part = readFileSync(`${backup}/limelight.db`).subarray(0, 100);
    writeFileSync(`${directory}/limelight.restored.db`, part);
    writeFileSync(`${directory}/db/board/half.sqlite`, "half");
    await assert.rejects(SqliteStore.open({ directory }), { code: "ERR_STORE_UNAVAILABLE" });

    restoreBackup({ backup, directory });

    assert.equal(await read(directory), "saved");
    assert.deepEqual(
      readFileSync(`${directory}/db/board/one.sqlite`),
      readFileSync(`${backup}/db/board/one.sqlite`),
    );
  });
});
