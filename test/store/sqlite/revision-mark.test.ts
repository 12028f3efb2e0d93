import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { describe, it } from "node:test";
import { backUpDirectory } from "../../../src/store/sqlite/back-up.ts";
import { newestRevision } from "../../../src/store/sqlite/database-file.ts";
import { restoreBackup } from "../../../src/store/sqlite/restore.ts";
import { RevisionMark, readMark } from "../../../src/store/sqlite/revision-mark.ts";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { StoreProcess } from "../../_support/store-process.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Writes `count` entries, and returns the store, which is open. */
async function openWritten(
  directory: string,
  count: number,
  durability: "machine" | "process" = "machine",
): Promise<SqliteStore> {
  const store = await SqliteStore.open({ directory, durability });
  for (let at = 0; at < count; at += 1) await store.put(`k/${at}`, bytes(`${at}`));
  return store;
}

/** Copies a store in use, as if its process had been killed, and returns the copy. */
async function killedCopy(
  folder: DataFolder,
  durability: "machine" | "process" = "machine",
): Promise<string> {
  const store = await openWritten(folder.file("running"), 20, durability);
  const directory = folder.file("data");
  cpSync(folder.file("running"), directory, { recursive: true });
  await store.close();
  return directory;
}

/** Names and content of the database and its log. */
function contentOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => /\.db(-wal)?$/.test(name));
  const read = (name: string): string => readFileSync(`${directory}/${name}`).toString("base64");
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

const markOf = (directory: string): number => readMark(`${directory}/limelight.mark`).revision;

describe("a store with a mark", () => {
  const LOSSES: Readonly<Record<string, (directory: string) => void>> = {
    deleted: (data) => rmSync(`${data}/limelight.db-wal`),
    "cut to a half": (data) =>
      truncateSync(`${data}/limelight.db-wal`, statSync(`${data}/limelight.db-wal`).size / 2),
    "cut to nothing": (data) => truncateSync(`${data}/limelight.db-wal`),
    "deleted together with the database": (data) => {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(`${data}/limelight.db${suffix}`);
    },
  };
  for (const [what, lose] of Object.entries(LOSSES)) {
    it(`whose log was ${what} after a SIGKILL is refused and left as it is`, async () => {
      using folder = new DataFolder();
      const directory = folder.file("data");
      await using child = new StoreProcess(["save", directory]);
      await child.until((facts) => facts.length > 300);
      await child.kill();
      lose(directory);
      const before = contentOf(directory);

      const opening = SqliteStore.open({ directory });

      const missing = /revisions \d+ to \d+ are missing.* remove .*limelight\.mark$/;
      await assert.rejects(opening, { code: "ERR_STORE_CORRUPT", message: missing });
      const after = contentOf(directory);
      for (const [name, content] of Object.entries(before)) {
        assert.equal(after[name], content, `${name} was changed`);
      }
      rmSync(`${directory}/limelight.mark`);
      const store = await SqliteStore.open({ directory });
      await store.put("a", bytes("goes on"));
      await store.close();
      await (await SqliteStore.open({ directory })).close();
    });
  }

  it("opens again when the log was put back", async () => {
    using folder = new DataFolder();
    const directory = await killedCopy(folder);
    const log = readFileSync(`${directory}/limelight.db-wal`);
    rmSync(`${directory}/limelight.db-wal`);
    await assert.rejects(SqliteStore.open({ directory }), { code: "ERR_STORE_CORRUPT" });
    for (const name of ["limelight.db-shm", "limelight.db-wal"]) {
      rmSync(`${directory}/${name}`, { force: true });
    }
    writeFileSync(`${directory}/limelight.db-wal`, log);

    const store = await SqliteStore.open({ directory });

    assert.equal((await store.listKeys("k/", { limit: 100 })).keys.length, 20);
    await store.close();
  });

  it("says what is missing", async () => {
    using folder = new DataFolder();
    const directory = await killedCopy(folder);
    rmSync(`${directory}/limelight.db-wal`);

    await assert.rejects(SqliteStore.open({ directory }), {
      message: /ends at revision 0, but revision 20 was stored: revisions 1 to 20 are missing/,
    });
  });

  it("has marked every write before it is acknowledged", async () => {
    using folder = new DataFolder();
    const store = await openWritten(folder.file("data"), 0);

    for (let at = 1; at <= 5; at += 1) {
      const revision = await store.put("a", bytes(`${at}`));
      assert.equal(markOf(folder.file("data")), revision);
    }
    await assert.rejects(store.put("a", bytes("x"), { expectedRevision: 99 }));
    assert.equal(markOf(folder.file("data")), 5);
    await store.close();
  });

  it("opens after a close, whose checkpoint removes the log", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    await (await openWritten(directory, 5)).close();
    assert.ok(!existsSync(`${directory}/limelight.db-wal`));

    const store = await SqliteStore.open({ directory });

    assert.equal(await store.put("a", bytes("one")), 6);
    await store.close();
    assert.equal(markOf(directory), newestRevision(`${directory}/limelight.db`));
  });

  it("that was replaced by an older database is refused", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    await (await openWritten(directory, 5)).close();
    const older = readFileSync(`${directory}/limelight.db`);
    await (await openWritten(directory, 5)).close();
    writeFileSync(`${directory}/limelight.db`, older);

    await assert.rejects(SqliteStore.open({ directory }), { message: /revisions 6 to 10/ });
    assert.throws(() => backUpDirectory(directory, folder.file("backup")), {
      code: "ERR_STORE_CORRUPT",
      message: /revisions 6 to 10/,
    });
    assert.ok(!existsSync(folder.file("backup")));
  });
});

describe("the mark", () => {
  it("is not there before its first opening by this version, and is made then", async () => {
    using folder = new DataFolder();
    const directory = await killedCopy(folder);
    rmSync(`${directory}/limelight.mark`);

    const store = await SqliteStore.open({ directory });

    assert.equal(markOf(directory), 20);
    await store.close();
  });

  it("that is lower than the database, as after a version without it, is no problem", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    await (await openWritten(directory, 5)).close();
    const older = readFileSync(`${directory}/limelight.mark`);
    await (await openWritten(directory, 5)).close();
    writeFileSync(`${directory}/limelight.mark`, older);

    await (await SqliteStore.open({ directory })).close();

    assert.equal(markOf(directory), 10);
  });

  const UNREADABLE: Readonly<Record<string, (record: string) => string>> = {
    empty: () => "",
    torn: (record) => record.slice(0, 20),
    "of other bytes": () => "\0".repeat(64),
    "with a digit that has changed": (record) => record.replace(/(?<=0)\d /, "7 "),
    "too long": (record) => `${record}x`,
    "of a later format": (record) => record.replace(" 1 ", " 2 "),
  };
  for (const [what, damage] of Object.entries(UNREADABLE)) {
    it(`that is ${what} is reported and replaced`, async () => {
      using folder = new DataFolder();
      const directory = folder.file("data");
      await (await openWritten(directory, 5)).close();
      const file = `${directory}/limelight.mark`;
      writeFileSync(file, damage(readFileSync(file, "latin1")));
      const warned = once(process, "warning");

      const store = await SqliteStore.open({ directory });

      const [warning] = await warned;
      assert.equal(warning.name, "LimelightWarning");
      assert.match(warning.message, /limelight\.mark has no valid record/);
      assert.equal(markOf(directory), 5);
      await store.close();
    });
  }

  it("that cannot be read as a file prevents the opening", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    await (await openWritten(directory, 5)).close();
    rmSync(`${directory}/limelight.mark`);
    mkdirSync(`${directory}/limelight.mark`);

    await assert.rejects(SqliteStore.open({ directory }), { code: "ERR_STORE_UNAVAILABLE" });
    rmSync(`${directory}/limelight.mark`, { recursive: true });
    await (await SqliteStore.open({ directory })).close();
  });

  it("is not written where commits are not synchronized, and an earlier one stays valid", async () => {
    using folder = new DataFolder();
    const directory = await killedCopy(folder, "process");
    assert.ok(!existsSync(`${directory}/limelight.mark`));
    rmSync(`${directory}/limelight.db-wal`); // as a loss of power may do
    await (await openWritten(directory, 3)).close();

    const store = await openWritten(directory, 4, "process");

    assert.equal(markOf(directory), 3);
    await store.close();
  });

  it("is not in a backup, and a restored directory begins with its own", async () => {
    using folder = new DataFolder();
    const store = await openWritten(folder.file("data"), 5);
    await store.backup(folder.file("backup"));
    await store.put("a", bytes("later"));
    await store.close();
    assert.ok(!existsSync(folder.file("backup/limelight.mark")));
    restoreBackup({ backup: folder.file("backup"), directory: folder.file("restored") });

    const restored = await SqliteStore.open({ directory: folder.file("restored") });

    assert.equal(markOf(folder.file("restored")), 5);
    await restored.close();
    assert.throws(
      () => restoreBackup({ backup: folder.file("backup"), directory: folder.file("data") }),
      { code: "ERR_STORE_UNAVAILABLE", message: /not empty/ },
    );
  });

  it("whose writes fail says so once", (t) => {
    if (!existsSync("/dev/full")) return t.skip("needs /dev/full");
    const mark = new RevisionMark("limelight.mark", openSync("/dev/full", "w"));

    const warnings = [1, 2, 3].map((revision) => mark.write(revision));

    assert.match(warnings[0] ?? "", /limelight\.mark cannot be written: ENOSPC/);
    assert.deepEqual(warnings.slice(1), [undefined, undefined]);
    mark.close();
  });
});

const NAMESPACE = ["unshare", "--mount", "--map-root-user"];
const probe = spawnSync(NAMESPACE[0] ?? "", [...NAMESPACE.slice(1), "true"]);
const skip = probe.status === 0 ? false : "this machine permits no mount namespaces (unshare)";

describe("a mark on a full disk", { skip }, () => {
  it("does not fail the commit, is reported, and is written again when there is space", async () => {
    using folder = new DataFolder();
    const mount = 'mkdir "$0/disk"; mount -t tmpfs -o size=64m tmpfs "$0/disk"; exec "$@"';
    const child = new StoreProcess(
      ["fill-mark", folder.file("disk/data")],
      [...NAMESPACE, "sh", "-ec", mount, folder.path],
    );

    assert.equal(await child.ended(), 0, child.stderr);

    assert.partialDeepStrictEqual(child.facts, [
      { open: true },
      { acknowledged: true, markBytes: 0 },
      { acknowledged: true, isMarked: true },
    ]);
    assert.match(child.stderr, /LimelightWarning: .*limelight\.mark cannot be written: ENOSPC/);
  });
});
