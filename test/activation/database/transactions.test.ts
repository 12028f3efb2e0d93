import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SqlStatements } from "../../../src/activation/definition/database-types.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { SqlDatabases } from "../../_support/sql-databases.ts";

const MIGRATIONS = [{ name: "001", sql: "CREATE TABLE item (a TEXT NOT NULL UNIQUE) STRICT" }];
const INSERT = "INSERT INTO item VALUES (?)";

async function items(db: SqlStatements): Promise<string[]> {
  const rows = await db.all<{ a: string }>("SELECT a FROM item ORDER BY rowid");
  return rows.map(({ a }) => a);
}

describe("a transaction of c.db", () => {
  it("commits what it has done as one, and returns the result of its function", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: MIGRATIONS });

    const result = await db.transaction(async (tx) => {
      await tx.run(INSERT, ["one"]);
      await Promise.all([tx.run(INSERT, ["two"]), tx.run(INSERT, ["three"])]);
      void tx.run(INSERT, ["not awaited"]);
      return tx.get("SELECT count(*) AS count FROM item");
    });

    assert.deepEqual(result, { count: 4 });
    assert.deepEqual(await items(db), ["one", "two", "three", "not awaited"]);
  });

  it("is rolled back when its function rejects, or its commit fails", async () => {
    await using databases = new SqlDatabases();
    const foreign = `CREATE TABLE part (a TEXT REFERENCES item (a) DEFERRABLE INITIALLY DEFERRED) STRICT`;
    const db = await databases.open("a", {
      migrations: [...MIGRATIONS, { name: "2", sql: foreign }],
    });
    const failure = new Error("no");

    const thrown = db.transaction(async (tx) => {
      await tx.run(INSERT, ["one"]);
      throw failure;
    });
    await assert.rejects(thrown, failure);
    const dangling = db.transaction((tx) => tx.run("INSERT INTO part VALUES ('none')"));
    await assert.rejects(dangling, { code: "ERR_SQL", message: /FOREIGN KEY/ });
    await assert.rejects(
      db.transaction(() => {
        throw failure;
      }),
      failure,
    );

    assert.deepEqual(await items(db), []);
    assert.deepEqual(await db.all("SELECT * FROM part"), []);
    await db.run(INSERT, ["afterwards"]);
  });

  it("keeps what has been requested meanwhile waiting, in order", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: MIGRATIONS });
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();

    const first = db.transaction(async (tx) => {
      await tx.run(INSERT, ["first"]);
      begun.resolve();
      await gate.promise;
      await tx.run(INSERT, ["second"]);
    });
    await begun.promise;
    const rest = [
      db.run(INSERT, ["third"]),
      db.transaction(async (tx) => {
        await tx.run(INSERT, ["fourth"]);
        await tx.run(INSERT, ["fifth"]);
      }),
      db.run(INSERT, ["sixth"]),
    ];
    gate.resolve();
    await Promise.all([first, ...rest]);

    assert.deepEqual(await items(db), ["first", "second", "third", "fourth", "fifth", "sixth"]);
  });

  for (const [what, use] of [
    ["a statement of c.db", (db: SqlStatements) => db.run(INSERT, ["inner"])],
    [
      "another transaction",
      (db: { transaction: (work: (tx: SqlStatements) => Promise<void>) => Promise<void> }) =>
        db.transaction(async (tx) => void (await tx.run(INSERT, ["inner"]))),
    ],
  ] as const) {
    it(`that awaits ${what} times out, with an error that names its place`, async () => {
      const clock = new ManualClock();
      await using databases = new SqlDatabases({ clock });
      const db = await databases.open("a", { migrations: MIGRATIONS });
      const seen: unknown[] = [];
      const inside = Promise.withResolvers<void>();

      const outer = db.transaction(
        async (tx) => {
          await tx.run(INSERT, ["outer"]);
          inside.resolve();
          await Promise.resolve();
          await use(db as never).catch((error) => seen.push(error));
        },
        { timeoutMs: 700 },
      );
      await inside.promise;
      const ordinary = db.run(INSERT, ["ordinary"]);
      const nested = { code: "ERR_SQL_NESTED", message: /transactions\.test\.ts:\d+.*`tx`/ };
      const rejected = assert.rejects(outer, nested);
      await clock.advance(700);
      await rejected;
      await ordinary;
      assert.equal((seen[0] as { code?: string }).code, "ERR_SQL_NESTED");
      assert.deepEqual(await items(db), ["ordinary"]);
    });
  }

  it("may request a statement that it does not wait for", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: MIGRATIONS });
    let later: Promise<unknown> | undefined;

    await db.transaction(async (tx) => {
      later = db.run(INSERT, ["later"]);
      await tx.run(INSERT, ["inside"]);
    });
    await later;

    assert.deepEqual(await items(db), ["inside", "later"]);
  });

  it("that is left open is rolled back at its time-out, and its handle expires", async () => {
    const clock = new ManualClock();
    await using databases = new SqlDatabases({ clock });
    const db = await databases.open("a", { migrations: MIGRATIONS });
    const inside = Promise.withResolvers<SqlStatements>();

    const open = db.transaction(async (tx) => {
      await tx.run(INSERT, ["lost"]);
      inside.resolve(tx);
      await new Promise(() => {});
    });
    const tx = await inside.promise;
    const timedOut = { code: "ERR_SQL_TIMEOUT", message: /transactions\.test\.ts:\d+/ };
    const rejected = assert.rejects(open, timedOut);
    await clock.advance(5_000);

    await rejected;
    await assert.rejects(tx.run(INSERT, ["late"]), {
      name: "UsageError",
      code: "ERR_SQL_TRANSACTION_OVER",
    });
    assert.deepEqual(await items(db), []);
    assert.equal(clock.pendingTimers, 0);
  });

  it("that has ended leaves its handle without effect", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: MIGRATIONS });
    const tx = await db.transaction(async (given) => given);

    await assert.rejects(tx.run(INSERT, ["late"]), { code: "ERR_SQL_TRANSACTION_OVER" });

    assert.deepEqual(await items(db), []);
  });

  it("is rolled back when the life of its actor ends", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: MIGRATIONS });
    const inside = Promise.withResolvers<void>();

    const open = db.transaction(async (tx) => {
      await tx.run(INSERT, ["lost"]);
      inside.resolve();
      await new Promise(() => {});
    });
    await inside.promise;
    const ends = Promise.allSettled([open, db.run(INSERT, ["waiting"])]);
    await db.close();

    for (const end of await ends) {
      assert.equal((end as PromiseRejectedResult).reason.code, "ERR_LIFE_OVER");
    }
    const next = await databases.open("a", { migrations: MIGRATIONS });
    assert.deepEqual(await items(next), []);
  });

  it("refuses options and functions that are none", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a");

    await assert.rejects(db.transaction(1 as never), { code: "ERR_INVALID_OPTION" });
    const work = async (): Promise<void> => {};
    await assert.rejects(db.transaction(work, { timeoutMs: 0 }), { code: "ERR_INVALID_OPTION" });
    await assert.rejects(db.transaction(work, { timeout: 1 } as never), {
      code: "ERR_INVALID_OPTION",
    });
  });
});
