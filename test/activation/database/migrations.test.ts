import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { sqlite } from "../../../src/store/sqlite/load-sqlite.ts";
import { SqlDatabases } from "../../_support/sql-databases.ts";

const one = {
  name: "001-one",
  sql: "CREATE TABLE one (a TEXT) STRICT; CREATE INDEX one_a ON one (a)",
};
const two = { name: "002-two", sql: "CREATE TABLE two (a TEXT) STRICT" };
const three = { name: "003-three", sql: "CREATE TABLE three (a TEXT) STRICT" };
const four = { name: "004-four", sql: "CREATE TABLE four (a TEXT) STRICT" };

/** Opens a database, returns the migrations that this has applied, and closes it. */
async function migrate(
  databases: SqlDatabases,
  migrations: readonly { readonly name: string; readonly sql: string }[],
): Promise<readonly string[]> {
  const db = databases.unopened("a", { migrations });
  try {
    return await db.migrate();
  } finally {
    await db.close();
  }
}

async function tables(databases: SqlDatabases): Promise<string[]> {
  const db = databases.unopened("a");
  const rows = await db.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '!_%' ESCAPE '!' ORDER BY name",
  );
  await db.close();
  return rows.map(({ name }) => name);
}

describe("the migrations of c.db", () => {
  it("run in order, once each", async () => {
    await using databases = new SqlDatabases();

    assert.deepEqual(await migrate(databases, [one, two]), ["001-one", "002-two"]);
    assert.deepEqual(await migrate(databases, [one, two, three]), ["003-three"]);
    assert.deepEqual(await migrate(databases, [one, two, three]), []);
    const windows = { ...one, sql: one.sql.replaceAll("\n", "\r\n") };
    assert.deepEqual(await migrate(databases, [windows, two, three]), []);

    assert.deepEqual(await tables(databases), ["one", "three", "two"]);
  });

  for (const [what, migrations, message] of [
    ["edited", [one, { ...two, sql: `${two.sql};` }, three], /002-two was edited/],
    ["removed", [one], /002-two was applied, but is missing/],
    ["squashed", [{ name: "001-all", sql: `${one.sql};${two.sql}` }, three], /001-one .* squashed/],
    ["reordered", [two, one, three], /001-one was applied as number 1, but is number 2/],
    ["preceded by a new one", [three, one, two], /001-one was applied as number 1, .* number 2/],
  ] as const) {
    it(`are refused when one that was applied is ${what}, before anything runs`, async () => {
      await using databases = new SqlDatabases();
      await migrate(databases, [one, two]);

      const refused = migrate(databases, [...migrations]);

      await assert.rejects(refused, { code: "ERR_DATABASE_MIGRATION", message });
      assert.deepEqual(await tables(databases), ["one", "two"]);
      assert.deepEqual(await migrate(databases, [one, two, three]), ["003-three"]);
    });
  }

  it("stop at one that fails, which leaves no trace, and go on when it is corrected", async () => {
    await using databases = new SqlDatabases();
    const wrong = {
      ...three,
      sql: "CREATE TABLE three (a TEXT) STRICT; INSERT INTO none VALUES (1)",
    };

    const failed = migrate(databases, [one, two, wrong, four]);

    await assert.rejects(failed, (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_DATABASE_MIGRATION");
      assert.match(error.message, /migration 003-three failed: no such table: none/);
      assert.equal((error.cause as { errcode?: number }).errcode, 1);
      return true;
    });
    assert.deepEqual(await tables(databases), ["one", "two"]);
    assert.deepEqual(await migrate(databases, [one, two, three, four]), ["003-three", "004-four"]);
  });

  it("cannot end their transaction or reach other files", async () => {
    await using databases = new SqlDatabases();

    for (const sql of [
      "COMMIT",
      "CREATE TABLE x (a); COMMIT",
      `ATTACH '/none' AS b`,
      "PRAGMA user_version = 3",
    ]) {
      await assert.rejects(migrate(databases, [{ name: "bad", sql }]), {
        code: "ERR_DATABASE_MIGRATION",
        message: /migration bad failed: (COMMIT|ATTACH|PRAGMA \w+) is not allowed/,
      });
    }

    assert.deepEqual(await tables(databases), []);
  });

  it("may contain triggers and comments", async () => {
    await using databases = new SqlDatabases();
    const sql = `
      -- a trigger has statements; inside
      CREATE TABLE item (a TEXT DEFAULT ';') STRICT; /* ; */
      CREATE TRIGGER copy AFTER INSERT ON item BEGIN SELECT 1; SELECT ';'; END;
      INSERT INTO item VALUES ('it''s; -- here');
      -- the end`;

    await migrate(databases, [{ name: "001", sql }]);

    assert.deepEqual(await tables(databases), ["item"]);
  });
});

describe("the file of c.db", () => {
  it("is refused when it is missing, damaged, of something else or of a later format", async () => {
    await using databases = new SqlDatabases();
    const path = databases.path("a");
    const open = async (): Promise<unknown> => {
      const db = databases.unopened("a", {}, { create: false });
      try {
        return await db.migrate();
      } finally {
        await db.close();
      }
    };

    await assert.rejects(open(), {
      name: "StoreError",
      code: "ERR_STORE_CORRUPT",
      message: /missing/,
    });
    assert.ok(!existsSync(path));
    writeFileSync(path, "text ".repeat(5_000));
    await assert.rejects(open(), { code: "ERR_STORE_CORRUPT" });
    rmSync(path);
    const other = new (sqlite().DatabaseSync)(path);
    other.exec("CREATE TABLE a (b)");
    other.close();
    await assert.rejects(open(), { code: "ERR_STORE_CORRUPT", message: /not the database/ });
    rmSync(path);
    await migrate(databases, [one]);
    const newer = new (sqlite().DatabaseSync)(path);
    newer.exec("PRAGMA user_version = 2");
    newer.close();
    await assert.rejects(open(), { code: "ERR_STORE_NEWER_FORMAT" });
    assert.deepEqual(readdirSync(databases.folder.path), ["a.sqlite"]);
  });

  it("has a maximum size, at which writes are refused and reads go on", async () => {
    await using databases = new SqlDatabases();
    const db = await databases.open("a", { migrations: [one] }, { maxBytes: 65_536 });
    let written = 0;

    const fill = async (): Promise<void> => {
      for (; written < 100; written += 1) {
        await db.run("INSERT INTO one VALUES (?)", ["x".repeat(4_000)]);
      }
    };

    await assert.rejects(fill(), { name: "StoreError", code: "ERR_STORE_FULL" });
    assert.ok(written > 3 && written < 16, String(written));
    assert.deepEqual(await db.get("SELECT count(*) AS count FROM one"), { count: written });
    const full = db.transaction(async (tx) => {
      await tx.run("DELETE FROM one WHERE rowid = 1");
      await tx.run("INSERT INTO one VALUES (?)", ["x".repeat(50_000)]).catch(() => {});
      await tx.run("DELETE FROM one WHERE rowid = 2");
    });
    await full.catch(() => {});
    await db.run("DELETE FROM one");
    await db.run("INSERT INTO one VALUES ('space again')");
  });
});
