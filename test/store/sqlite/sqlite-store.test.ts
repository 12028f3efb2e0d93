import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { describe, it } from "node:test";
import { nextTurn } from "../../../src/base/node-timers.ts";
import { sqlite } from "../../../src/store/sqlite/load-sqlite.ts";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { WriterThread } from "../../../src/store/sqlite/store-thread.ts";
import { ManualClock } from "../../../src/testing.ts";
import { DataFolder } from "../../_support/data-folder.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Creates a closed store with one entry, and returns its directory. */
async function createStore(folder: DataFolder, name = "data"): Promise<string> {
  const directory = folder.file(name);
  const store = await SqliteStore.open({ directory });
  await store.put("a", bytes("one"));
  await store.close();
  return directory;
}

function edit(directory: string, sql: string): void {
  const database = new (sqlite().DatabaseSync)(`${directory}/limelight.db`);
  database.exec(sql);
  database.close();
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("the data directory", () => {
  it("is created for its owner alone, with everything in it", async () => {
    using folder = new DataFolder();
    const directory = folder.file("deep/data");
    const store = await SqliteStore.open({ directory });
    await store.put("a", bytes("one"));

    const files = readdirSync(directory).filter((name) => !name.endsWith("-journal"));

    assert.equal(modeOf(directory), "700");
    assert.deepEqual(
      files.map((name) => modeOf(`${directory}/${name}`)),
      files.map(() => "600"),
    );
    await store.close();
    assert.ok(readdirSync(directory).every((name) => !name.includes("-wal")));
  });

  it("is closed to others if it is empty, and otherwise keeps its mode", async () => {
    using folder = new DataFolder();
    for (const name of ["empty", "used"]) {
      mkdirSync(folder.file(name));
      chmodSync(folder.file(name), 0o755);
    }
    writeFileSync(folder.file("used/notes.txt"), "x");

    await createStore(folder, "empty");
    await createStore(folder, "used");

    assert.deepEqual([modeOf(folder.file("empty")), modeOf(folder.file("used"))], ["700", "755"]);
  });

  it("that is a file, or lies in one, cannot be opened", async () => {
    using folder = new DataFolder();
    writeFileSync(folder.file("file"), "x");

    for (const name of ["file", "file/data"]) {
      const opening = SqliteStore.open({ directory: folder.file(name) });
      await assert.rejects(opening, { name: "StoreError", code: "ERR_STORE_UNAVAILABLE" });
    }
  });

  it("belongs to one store at a time, also within a process", async () => {
    using folder = new DataFolder();
    const directory = await createStore(folder);
    const first = await SqliteStore.open({ directory });

    await assert.rejects(SqliteStore.open({ directory }), { code: "ERR_STORE_LOCKED" });
    await first.put("a", bytes("two"));
    await first.close();

    await (await SqliteStore.open({ directory })).close();
  });

  it("refuses options that are unknown or out of range", async () => {
    const invalid = { name: "UsageError", code: "ERR_INVALID_OPTION" };
    const wrong = [
      { directory: "x", durabilty: "process" },
      { directory: "x", maxValueBytes: 0 },
    ];

    const paths = ["", "a\0b", undefined].map((directory) => ({ directory }));
    for (const options of [...wrong, ...paths, { directory: "x", durability: "none" }]) {
      await assert.rejects(SqliteStore.open(options as { directory: string }), invalid);
    }
  });
});

describe("a file that cannot be a store", () => {
  const DAMAGE: Readonly<Record<string, [(directory: string) => void, string]>> = {
    "is empty": [(data) => truncateSync(`${data}/limelight.db`), "ERR_STORE_CORRUPT"],
    "is no database": [
      (data) => writeFileSync(`${data}/limelight.db`, "text ".repeat(2_000)),
      "ERR_STORE_CORRUPT",
    ],
    "is cut off": [(data) => truncateSync(`${data}/limelight.db`, 9_000), "ERR_STORE_CORRUPT"],
    "is missing beside its log": [
      (data) => renameSync(`${data}/limelight.db`, `${data}/limelight.db-wal`),
      "ERR_STORE_CORRUPT",
    ],
    "belongs to another program": [
      (data) => edit(data, "PRAGMA application_id = 7"),
      "ERR_STORE_CORRUPT",
    ],
    "has no format": [(data) => edit(data, "PRAGMA user_version = 0"), "ERR_STORE_CORRUPT"],
    "has lost its tables": [(data) => edit(data, "DROP TABLE entries"), "ERR_STORE_CORRUPT"],
    "has lost its state": [(data) => edit(data, "DELETE FROM store"), "ERR_STORE_CORRUPT"],
    "has a later format": [
      (data) => edit(data, "PRAGMA user_version = 2"),
      "ERR_STORE_NEWER_FORMAT",
    ],
    "has a restore that was interrupted": [
      (data) => closeSync(openSync(`${data}/limelight.restored.db`, "w")),
      "ERR_STORE_UNAVAILABLE",
    ],
  };

  for (const [what, [damage, code]] of Object.entries(DAMAGE)) {
    it(`because it ${what} is refused with ${code}, and left as it is`, async () => {
      using folder = new DataFolder();
      const directory = await createStore(folder);
      damage(directory);
      const before = readdirSync(directory).filter((name) => name.startsWith("limelight.db"));
      const sizes = before.map((name) => statSync(`${directory}/${name}`).size);

      await assert.rejects(SqliteStore.open({ directory }), { name: "StoreError", code });
      await assert.rejects(SqliteStore.open({ directory }), { name: "StoreError", code });

      const after = before.map((name) => statSync(`${directory}/${name}`).size);
      assert.deepEqual(after, sizes);
    });
  }

  it("does not come from a creation that was interrupted", async () => {
    using folder = new DataFolder();
    mkdirSync(folder.file("data"));
    writeFileSync(folder.file("data/limelight.db.new"), "half a file");

    const directory = await createStore(folder);

    assert.ok(!readdirSync(directory).includes("limelight.db.new"));
  });
});

describe("a store that is open", () => {
  it("keeps its revisions when it is opened again", async () => {
    using folder = new DataFolder();
    const directory = await createStore(folder);
    const store = await SqliteStore.open({ directory });
    const before = await store.get("a");
    await store.delete("a");

    const revision = await store.put("a", bytes("two"));

    assert.ok(before !== undefined && revision > before.revision);
    await store.close();
  });

  it("stops writing when another process has opened the file in spite of the lock", async () => {
    using folder = new DataFolder();
    const directory = await createStore(folder);
    const store = await SqliteStore.open({ directory });
    edit(directory, "UPDATE store SET epoch = epoch + 1");

    await assert.rejects(store.put("a", bytes("two")), { code: "ERR_STORE_LOCKED" });

    assert.equal(Buffer.from((await store.get("a"))?.value ?? []).toString(), "one");
    await store.close();
  });

  it("writes with another thread when its own has ended during a write", async () => {
    using folder = new DataFolder();
    const threads: WriterThread[] = [];
    const store = await SqliteStore.open({ directory: folder.file("data") }, async (job) => {
      const thread = await WriterThread.open(job);
      threads.push(thread);
      return thread;
    });
    const first = await store.put("a", bytes("one"));
    const value = new Uint8Array(8 * 1024 * 1024);
    const writes = [1, 2, 3].map((at) => store.put(`large/${at}`, value));
    await nextTurn();
    threads[0]?.terminate();

    const ends = await Promise.allSettled(writes);

    const codes = ends.map((end) => (end.status === "rejected" ? end.reason.code : "ok"));
    assert.ok(codes.includes("ERR_STORE_UNKNOWN_OUTCOME"), codes.join());
    assert.ok(codes.every((code) => code === "ok" || code === "ERR_STORE_UNKNOWN_OUTCOME"));
    const last = await store.put("b", bytes("two"), { expectedRevision: 0 });
    assert.ok(last > first);
    assert.equal(threads.length, 2);
    assert.equal((await store.get("b"))?.revision, last);
    await store.close();
  });

  it("closes in the given time although its writer does not answer", async () => {
    using folder = new DataFolder();
    const clock = new ManualClock();
    const options = { directory: folder.file("data"), drainTimeoutMs: 5_000, clock };
    const stuck = Promise.withResolvers<never>();
    const store = await SqliteStore.open(options, async (job) => {
      const thread = await WriterThread.open(job);
      return {
        epoch: thread.epoch,
        ended: false,
        commit: () => stuck.promise,
        terminate() {
          stuck.reject(new Error("terminated"));
          thread.terminate();
        },
        close: () => thread.close(),
      };
    });
    const write = store.put("a", bytes("one"));
    const unknown = assert.rejects(write, { code: "ERR_STORE_UNKNOWN_OUTCOME" });
    await nextTurn();

    const closing = store.close().catch((error: { readonly code: string }) => error.code);
    await clock.advance(5_000);

    await unknown;
    await closing;
    rmSync(folder.file("data"), { recursive: true });
  });

  it("spreads reads that take long over turns of the event loop", async () => {
    using folder = new DataFolder();
    class SlowClock extends ManualClock {
      #readings = 0;
      override monotonicMs(): number {
        this.#readings += 1;
        return super.monotonicMs() + 3 * this.#readings; // so that each read takes 3 ms
      }
    }
    const store = await SqliteStore.open({
      directory: folder.file("data"),
      clock: new SlowClock(),
    });
    await nextTurn();
    let read = 0;
    const reads = Array.from({ length: 7 }, async () => {
      await store.get("a");
      read += 1;
    });

    let turns = 1; // the one that has requested them
    while (read < reads.length) {
      await nextTurn();
      turns += 1;
    }

    assert.equal(turns, 4); // two reads in each
    await store.close();
  });

  it("refuses to return an entry whose bytes have changed, and returns the others", async () => {
    using folder = new DataFolder();
    const directory = await createStore(folder);
    const store = await SqliteStore.open({ directory });
    await store.put("b", bytes("two"));
    edit(directory, "UPDATE entries SET value = x'00' WHERE key = CAST('a' AS BLOB)");

    await assert.rejects(store.get("a"), { code: "ERR_STORE_CORRUPT", key: "a" });
    await assert.rejects(store.list(""), { code: "ERR_STORE_CORRUPT" });

    assert.equal(Buffer.from((await store.get("b"))?.value ?? []).toString(), "two");
    await store.put("a", bytes("repaired"));
    assert.equal(Buffer.from((await store.get("a"))?.value ?? []).toString(), "repaired");
    await store.close();
  });
});

describe("loading node:sqlite", () => {
  it("lets warnings pass that are not about it", () => {
    const { emitWarning } = process;

    sqlite();

    assert.equal(process.emitWarning, emitWarning);
  });
});
