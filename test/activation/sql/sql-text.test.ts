import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isBlank,
  refusal,
  shownSql,
  statementClass,
} from "../../../src/activation/sql/sql-text.ts";

describe("the class of a statement", () => {
  it("is that of its first word, or behind WITH of the statement it belongs to", () => {
    const classes = {
      "select 1": "select",
      "VALUES (1)": "select",
      "  -- DELETE\n/* UPDATE */ SeLeCt 1": "select",
      "REPLACE INTO a VALUES (1)": "insert",
      "insert into a select * from b": "insert",
      "UPDATE a SET b = (SELECT 1)": "update",
      "DELETE FROM a": "delete",
      "WITH a AS (SELECT 1) DELETE FROM b": "delete",
      "WITH RECURSIVE a(x) AS (SELECT 1 UNION SELECT x FROM a), b AS (SELECT 2) SELECT 1": "select",
      "EXPLAIN SELECT 1": "other",
      "CREATE TABLE a (b)": "other",
      "PRAGMA table_info(a)": "other",
      "": "other",
    };
    for (const [sql, expected] of Object.entries(classes)) {
      assert.equal(statementClass(sql), expected, sql);
    }
  });
});

describe("the text of a statement in logs and on spans", () => {
  it("has no values and no comments, and is short", () => {
    assert.equal(
      shownSql(
        "INSERT INTO  a -- 'secret'\n VALUES ('it''s', X'ff', 1.5e-3, .5, ?, :name, \"col\")",
      ),
      'INSERT INTO a VALUES (?, ?, ?, ?, ?, :name, "col")',
    );
    assert.equal(shownSql("SELECT 'not closed"), "SELECT ?");
    assert.equal(shownSql(`SELECT ${"column_name, ".repeat(30)} 1`).length, 121);
    assert.equal(shownSql("x".repeat(1_000_000)).length, 121);
  });
});

describe("a blank text", () => {
  it("has space, comments and semicolons only", () => {
    for (const sql of ["", " \n", "-- a", "/* a", ";;", "/* ; */ ; -- x\n"])
      assert.ok(isBlank(sql));
    for (const sql of ["a", "/**/a", "'", "1"]) assert.ok(!isBlank(sql));
  });
});

describe("a refused statement", () => {
  it("is recognised by its first word, behind comments and in any case", () => {
    for (const sql of [
      "aTTach 'a' AS b",
      "/* a */\n-- b\nVACUUM INTO 'x'",
      "end",
      "Release x",
      "; ;attach 'a'",
    ]) {
      assert.match(refusal(sql) ?? "", /is not allowed/, sql);
    }
    for (const sql of ["SELECT 'ATTACH'", "CREATE TABLE vacuum_log (a)"]) {
      assert.equal(refusal(sql), undefined, sql);
    }
  });

  it("is a PRAGMA that changes something", () => {
    for (const sql of [
      "PRAGMA table_info(a)",
      "pragma main.table_info = a",
      "PRAGMA user_version",
      "PRAGMA main.foreign_keys",
      "PRAGMA /* x */ integrity_check(1)",
    ]) {
      assert.equal(refusal(sql), undefined, sql);
    }
    for (const sql of [
      "PRAGMA user_version = 1",
      "PRAGMA user_version/**/(1)",
      "PRAGMA main . foreign_keys = 0",
      "PRAGMA writable_schema",
      ";PRAGMA writable_schema = 1",
      "EXPLAIN QUERY PLAN PRAGMA writable_schema = 1",
      "PRAGMA 'journal_mode' = 1",
      "PRAGMA",
    ]) {
      assert.match(refusal(sql) ?? "", /^PRAGMA/, sql);
    }
  });
});
