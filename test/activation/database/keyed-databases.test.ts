import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import type { Store } from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { type OpenManualSystem, openManualSystem } from "../../_support/actor-system.ts";
import { codeOf, until } from "../../_support/actor-waiting.ts";
import { DataFolder } from "../../_support/data-folder.ts";

const CREATE = "CREATE TABLE score (player TEXT PRIMARY KEY, points INTEGER NOT NULL) STRICT";
const BEST = `INSERT INTO score VALUES (?, ?)
  ON CONFLICT (player) DO UPDATE SET points = max(points, excluded.points)`;

interface Row {
  readonly player: string;
  readonly points: number;
}

const board = defineKeyedActor("board", {
  database: { migrations: [{ name: "001-score", sql: CREATE }], traceSql: true },
  state: () => ({ reports: 0 }),
  idleMs: 1_000,
  onCreate: (c) => c.db.run(BEST, ["house", 0]),
  handlers: {
    async report(c, player: string, points: number) {
      c.state.reports += 1;
      await c.db.run(BEST, [player, points]);
    },
    top: (c) => c.db.all<Row>("SELECT player, points FROM score ORDER BY points DESC"),
    note: (c, key: string, value: unknown) => c.kv.put(key, value),
    noted: (c, key: string) => c.kv.get(key),
    notes: async (c) => (await c.kv.list()).entries,
    fail: (c) => c.db.run("INSERT INTO none VALUES ('secret value')"),
    end: (c) => c.destroy(),
  },
});

const plain = defineKeyedActor("plain", { handlers: { use: (c) => c.db.run("SELECT 1") } });

/** A system whose shutdown takes as long as its workers need, before the clock is moved for what is left. */
function openWith(store?: Store): OpenManualSystem {
  const open = openManualSystem(store === undefined ? {} : { store });
  return {
    ...open,
    async [Symbol.asyncDispose]() {
      await open.system.shutdown();
      await open[Symbol.asyncDispose]();
    },
  };
}

function stores(): readonly (readonly [string, (folder: DataFolder) => Promise<Store>])[] {
  return [
    ["in memory", async () => new MemoryStore()],
    ["on disk", (folder) => SqliteStore.open({ directory: folder.file("data") })],
  ];
}

/** Names of the database files of a data directory. */
function filesIn(folder: DataFolder): string[] {
  const path = join(folder.path, "data/db/board");
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(".sqlite")) : [];
}

for (const [where, openStore] of stores()) {
  describe(`c.db and c.kv of keyed actors with a store ${where}`, () => {
    it("keep what was written while the actor sleeps, and apart from other actors", async () => {
      using folder = new DataFolder();
      await using open = openWith(await openStore(folder));
      const alice = open.system.get(board, "alice");
      const bob = open.system.get(board, "bob");

      await alice.ask.report("x", 3);
      await alice.ask.report("x", 2);
      await alice.ask.note("a", { b: [1] });
      await bob.ask.report("y", 1);
      await open.clock.advance(1_000);
      await until(() => open.system.books().active === 0);

      assert.deepEqual(await alice.ask.top(), [
        { player: "x", points: 3 },
        { player: "house", points: 0 },
      ]);
      assert.deepEqual(await alice.ask.noted("a"), { b: [1] });
      assert.deepEqual(await bob.ask.top(), [
        { player: "y", points: 1 },
        { player: "house", points: 0 },
      ]);
      assert.deepEqual(await bob.ask.notes(), []);
    });

    it("are gone when the actor is destroyed, awake or asleep", async () => {
      using folder = new DataFolder();
      const store = await openStore(folder);
      await using open = openWith(store);
      for (const how of ["awake", "asleep", "by itself"]) {
        const ref = open.system.get(board, how);
        await ref.ask.report("x", 3);
        await ref.ask.note("a", 1);
        if (how === "asleep") await ref.sleep();
        if (how === "by itself") await ref.ask.end();
        await open.system.destroy("board", how);
        await until(() => open.system.books().active === 0);

        assert.deepEqual((await store.listKeys("")).keys, [], how);
        assert.deepEqual(filesIn(folder), [], how);
        assert.deepEqual(await ref.ask.top(), [{ player: "house", points: 0 }], how);
        assert.equal(await ref.ask.noted("a"), undefined);
        await open.system.destroy(board, how);
        assert.deepEqual((await store.listKeys("")).keys, [], how);
      }
      assert.deepEqual(filesIn(folder), []);
    });

    it("leave nothing behind when a start fails", async () => {
      using folder = new DataFolder();
      const store = await openStore(folder);
      await using open = openWith(store);
      const failing = defineKeyedActor("board", {
        database: { migrations: [{ name: "001-score", sql: CREATE }] },
        async onCreate(c) {
          await c.db.run(BEST, ["lost", 1]);
          c.kv.put("lost", 1);
          throw new Error("no");
        },
        handlers: { use: () => 1 },
      });

      const ref = open.system.get(failing, "a");
      assert.equal(await codeOf(ref.ask.use()), "ERR_START_FAILED");
      await until(() => open.system.books().active === 0);

      await until(() => filesIn(folder).length === 0);
      await open.system.shutdown();
      if (store instanceof MemoryStore) return;
      const again = await openStore(folder);
      assert.deepEqual((await again.listKeys("")).keys, []);
      await again.close();
    });

    it("report statements in spans, lines and metrics, without values", async () => {
      using folder = new DataFolder();
      await using open = openWith(await openStore(folder));
      const ref = open.system.get(board, "alice");

      await ref.ask.report("secret player", 3);
      await assert.rejects(ref.ask.fail() as Promise<unknown>, { code: "ERR_SQL" });

      const spans = open.telemetry.spans().filter(({ name }) => name.startsWith("board sql "));
      const insert = spans.find(({ name }) => name === "board sql insert");
      assert.equal(insert?.attributes["db.system.name"], "sqlite");
      assert.match(
        String(insert?.attributes["db.query.text"]),
        /^INSERT INTO score VALUES \(\?, \?\)/,
      );
      const failed = spans.filter(({ attributes }) => attributes["error.type"] === "ERR_SQL");
      assert.equal(failed.length, 1);
      const lines = open.telemetry.logs().filter(({ event }) => event === "actor.sql");
      assert.ok(lines.length >= 3);
      assert.ok(!JSON.stringify([spans.map((span) => span.attributes), lines]).includes("secret"));
      assert.equal(await open.telemetry.value("actor.sqlite.statements"), 3);
      assert.equal(await open.telemetry.value("actor.sqlite.worker.active"), 0);
      assert.equal(await open.telemetry.value("actor.sqlite.worker.queue.depth"), 0);
    });
  });
}

describe("c.db of a keyed actor", () => {
  it("is refused without the option `database`", async () => {
    await using open = openWith();

    assert.equal(await codeOf(open.system.get(plain, "a").ask.use()), "ERR_NO_DATABASE");
  });

  it("whose migrations do not fit does not start, is listed, and can be destroyed", async () => {
    using folder = new DataFolder();
    const first = await SqliteStore.open({ directory: folder.file("data") });
    await using one = openWith(first);
    await one.system.get(board, "alice").ask.report("x", 1);
    await one.system.shutdown();
    const edited = defineKeyedActor("board", {
      database: { migrations: [{ name: "001-score", sql: `${CREATE};` }] },
      handlers: { top: () => 1 },
    });
    const second = await SqliteStore.open({ directory: folder.file("data") });
    await using two = openWith(second);

    await assert.rejects(two.system.get(edited, "alice").ask.top() as Promise<unknown>, (error) => {
      const { code, cause } = error as {
        code?: string;
        cause?: { code?: string; message: string };
      };
      assert.equal(code, "ERR_START_FAILED");
      assert.equal(cause?.code, "ERR_DATABASE_MIGRATION");
      assert.match(cause?.message ?? "", /001-score was edited/);
      return true;
    });
    await until(() => two.system.books().active === 0);
    const { keys } = await two.system.keys(edited);
    assert.deepEqual(
      keys.map(({ key }) => key),
      [["alice"]],
    );
    assert.equal(filesIn(folder).length, 1);
    assert.equal(await two.system.destroy(edited, "alice"), true);
    assert.deepEqual(filesIn(folder), []);
  });
});
