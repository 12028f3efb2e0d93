import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { describe, it } from "node:test";
import { SqlDatabases } from "../../_support/sql-databases.ts";

const TABLE = { name: "001", sql: "CREATE TABLE item (id INTEGER PRIMARY KEY, a ANY) STRICT" };

describe("a statement of c.db", () => {
  it("reads and writes every kind of value, by position and by name", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: [TABLE] });
    const values = [null, 1, 1.5, -(2n ** 63n), 2n ** 53n, "тест 🙂", "", new Uint8Array([0, 255])];

    for (const value of values) await db.run("INSERT INTO item (a) VALUES (?)", [value]);
    const changes = await db.run("INSERT INTO item (a) VALUES (:a)", { a: "named" });
    const rows = await db.all<{ a: unknown }>("SELECT a FROM item ORDER BY id");

    assert.deepEqual(
      rows.map(({ a }) => a),
      [...values, "named"],
    );
    assert.deepEqual(changes, { changes: 1, lastInsertRowid: 9 });
    assert.deepEqual(await db.get("SELECT a FROM item WHERE id = ?", [2]), { a: 1 });
    assert.equal(await db.get("SELECT a FROM item WHERE id = ?", [99]), undefined);
  });

  it("takes parameters as values, with any text", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: [TABLE] });
    const text = "'); DROP TABLE item; --";

    await db.run("INSERT INTO item (a) VALUES (?)", [text]);

    assert.deepEqual(await db.all("SELECT a FROM item WHERE a = :a", { a: text }), [{ a: text }]);
  });

  it("is rejected with a code when it fails, and leaves the database usable", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: [TABLE] });
    await db.run("INSERT INTO item (id) VALUES (1)");

    await assert.rejects(db.all("SELEC 1"), { code: "ERR_SQL", message: /near "SELEC"/ });
    await assert.rejects(db.run("INSERT INTO item (id) VALUES (?)", [1]), (error: Error) => {
      assert.equal((error as { code?: unknown }).code, "ERR_SQL");
      assert.equal((error.cause as { errcode?: unknown }).errcode, 1555); // SQLITE_CONSTRAINT_PRIMARYKEY
      return true;
    });
    await assert.rejects(db.all(""), { code: "ERR_SQL" });
    await assert.rejects(db.all("SELECT ?", [1, 2]), { code: "ERR_SQL" });

    assert.deepEqual(await db.all("SELECT id FROM item"), [{ id: 1 }]);
  });

  it("refuses parameters that SQLite has no type for, without showing them", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a");
    const wrong = [undefined, true, new Date(), {}, [], 2n ** 63n, () => {}, Symbol("secret")];

    for (const value of wrong) {
      await assert.rejects(db.all("SELECT ?", [value as never]), { code: "ERR_INVALID_OPTION" });
    }
    await assert.rejects(db.all("SELECT ?", 7 as never), { code: "ERR_INVALID_OPTION" });
    await assert.rejects(db.all(7 as never), { code: "ERR_INVALID_OPTION" });
  });

  it("is refused when it reaches beyond the database, or has another behind it", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: [TABLE] });
    const refused = [
      `ATTACH '${databases.path("b")}' AS b`,
      `/* SELECT */ attach '${databases.path("b")}' AS b`,
      "DETACH main",
      `VACUUM INTO '${databases.path("b")}'`,
      "VACUUM",
      "BEGIN",
      "COMMIT",
      "SAVEPOINT a",
      "PRAGMA journal_mode = DELETE",
      "PRAGMA main.writable_schema(1)",
      "PRAGMA writable_schema = 1",
      "; PRAGMA writable_schema = 1",
      "EXPLAIN PRAGMA writable_schema = 1",
      "PRAGMA synchronous = OFF",
      "PRAGMA max_page_count = 1000000000",
      "PRAGMA user_version = 7",
      "PRAGMA temp_store_directory",
      "DELETE FROM _limelight_migrations",
      'UPDATE "_limelight_migrations" SET name = 1',
      "DROP TABLE [_limelight_migrations]",
      "SELECT 1; DELETE FROM item",
      "SELECT 1; SELECT 2",
    ];

    for (const sql of refused) {
      await assert.rejects(db.run(sql), { name: "UsageError", code: "ERR_SQL_REFUSED" }, sql);
    }
    await assert.rejects(db.all("SELECT load_extension('x')"), { code: "ERR_SQL" });
    await assert.rejects(db.all("SELECT * FROM pragma_journal_mode('delete')"), {
      code: "ERR_SQL",
    });
    const schema = db.run("UPDATE sqlite_schema SET sql = 'x'"); // PRAGMA writable_schema has had no effect
    await assert.rejects(schema, { code: "ERR_SQL", message: /may not be modified/ });
    assert.equal((await db.all("PRAGMA table_info(item)")).length, 2);
    assert.equal((await db.all("SELECT name FROM _limelight_migrations; -- ;")).length, 1);
    const files = readdirSync(databases.folder.path);
    assert.deepEqual(files.toSorted(), ["a.sqlite", "a.sqlite-shm", "a.sqlite-wal"]);
  });

  it("runs in the order of the calls", async () => {
    await using databases = new SqlDatabases({ maxWorkers: 2 });
    const all = await Promise.all(
      ["a", "b", "c"].map((name) => databases.open(name, { migrations: [TABLE] })),
    );

    await Promise.all(
      [1, 2, 3, 4].flatMap((at) =>
        all.map((db) => db.run("INSERT INTO item (a) VALUES (?)", [at])),
      ),
    );

    for (const db of all) {
      const rows = await db.all<{ a: number }>("SELECT a FROM item ORDER BY id");
      assert.deepEqual(
        rows.map(({ a }) => a),
        [1, 2, 3, 4],
      );
    }
    assert.equal(statSync(databases.path("a")).mode & 0o777, 0o600);
    assert.equal(statSync(`${databases.path("a")}-wal`).mode & 0o777, 0o600);
  });

  it("is refused when too many wait", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a");

    const results = await Promise.allSettled(
      Array.from({ length: 1_100 }, () => db.get("SELECT 1 AS one")),
    );

    const refused = results.filter(({ status }) => status === "rejected");
    assert.equal(refused.length, 99); // one runs, 1,000 wait
    const [first] = refused as PromiseRejectedResult[];
    assert.equal(first?.reason.code, "ERR_SQL_OVERLOADED");
    assert.deepEqual(await db.get("SELECT 2 AS two"), { two: 2 });
  });

  it("has a limit on the size of its result", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a");
    const many =
      "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT zeroblob(1000000) FROM n";

    await assert.rejects(db.all(many), { code: "ERR_SQL", message: /LIMIT/ });

    assert.deepEqual(await db.get("SELECT 2 AS two"), { two: 2 });
  });

  it("is rejected after the life of its actor has ended", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a");
    await db.close();

    await assert.rejects(db.get("SELECT 1"), { code: "ERR_LIFE_OVER" });
    await assert.rejects(
      db.transaction(async () => {}),
      { code: "ERR_LIFE_OVER" },
    );
    assert.deepEqual(readdirSync(databases.folder.path), ["a.sqlite"]);
    assert.equal(databases.pool.size, 0);
  });
});

describe("parameters of a statement", () => {
  it("are those of the call, also if the caller changes them while the statement waits", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: [TABLE] });
    const bytes = new Uint8Array([1, 2]);
    const list = [bytes, "kept"];
    const named = { a: bytes };

    const before = db.run("INSERT INTO item (a) VALUES (0)");
    const byPosition = db.run("INSERT INTO item (a) VALUES (?), (?)", list);
    const byName = db.run("INSERT INTO item (a) VALUES (:a)", named);
    bytes.fill(9);
    list[1] = "changed";
    named.a = new Uint8Array();
    await Promise.all([before, byPosition, byName]);

    const rows = await db.all<{ a: unknown }>("SELECT a FROM item ORDER BY id");
    const sent = new Uint8Array([1, 2]);
    assert.deepEqual(
      rows.map(({ a }) => a),
      [0, sent, "kept", sent],
    );
  });

  for (const [what, parameters] of [
    ["a map", new Map([["a", 1]])],
    ["a set", new Set([1])],
    ["a date", new Date(0)],
    ["a list with a date", [new Date(0)]],
    ["a list with a hole", new Array<number>(1)],
    ["a list with true", [true]],
    ["a value that looks like bytes", [Object.create(Uint8Array.prototype)]],
    ["a proxy of bytes", [new Proxy(new Uint8Array(1), {})]],
    ["an integer of 65 bits", [2n ** 64n]],
    ["a value that is a list", { a: [1] }],
  ] as const) {
    it(`are not ${what}`, async () => {
      await using databases = new SqlDatabases();
      const db = await databases.open("a", { migrations: [TABLE] });

      const given = parameters as unknown as [];
      await assert.rejects(db.run("INSERT INTO item (a) VALUES (:a)", given), {
        code: "ERR_INVALID_OPTION",
      });
    });
  }

  it("may have properties besides, which are not sent", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: [TABLE] });

    await db.run("INSERT INTO item (a) VALUES (?)", Object.assign([1], { note: () => {} }));

    assert.deepEqual(await db.all("SELECT a FROM item"), [{ a: 1 }]);
  });
});
