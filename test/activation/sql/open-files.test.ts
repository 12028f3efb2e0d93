import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OpenFiles } from "../../../src/activation/sql/open-files.ts";
import { runRequest } from "../../../src/activation/sql/run-request.ts";
import { type SqlFile, SqlResult, type SqlRow } from "../../../src/activation/sql/sql-messages.ts";
import { DataFolder } from "../../_support/data-folder.ts";

const LIMIT = 2;

class Files implements Disposable {
  readonly folder = new DataFolder();
  readonly open = new OpenFiles(LIMIT);

  file(name: string): SqlFile {
    return { path: this.folder.file(name), create: true, maxBytes: 2 ** 20, durable: false };
  }

  run(name: string, sql: string, inTransaction = false): readonly SqlRow[] {
    const file = this.file(name);
    const result = SqlResult.All;
    const statement = {
      kind: "statement",
      file,
      sql,
      parameters: [],
      result,
      inTransaction,
    } as const;
    return runRequest(this.open, statement).rows.map((row) => ({ ...row }));
  }

  [Symbol.dispose](): void {
    this.open.closeAll();
    this.folder[Symbol.dispose]();
  }
}

describe("the open files of a SQL worker", () => {
  it("are limited, and one that was closed is opened again", () => {
    using files = new Files();
    for (const name of ["a", "b", "c", "d"]) files.run(name, "CREATE TABLE item (a)");

    for (const name of ["a", "b", "c", "d"]) files.run(name, `INSERT INTO item VALUES ('${name}')`);

    assert.equal(files.open.size, LIMIT);
    assert.deepEqual(files.run("a", "SELECT a FROM item"), [{ a: "a" }]);
  });

  it("with an open transaction are not closed for others", () => {
    using files = new Files();
    files.run("a", "CREATE TABLE item (a)");
    runRequest(files.open, { kind: "begin", file: files.file("a") });
    files.run("a", "INSERT INTO item VALUES (1)", true);

    for (const name of ["b", "c", "d"]) files.run(name, "SELECT 1");
    runRequest(files.open, { kind: "commit", file: files.file("a") });

    assert.deepEqual(files.run("a", "SELECT a FROM item"), [{ a: 1 }]);
    files.run("b", "SELECT 1");
    assert.equal(files.open.size, LIMIT);
  });

  it("know when a transaction is not open any more", () => {
    using files = new Files();

    assert.throws(() => files.run("a", "SELECT 1", true), { failure: "transaction_lost" });
    assert.throws(() => runRequest(files.open, { kind: "commit", file: files.file("a") }), {
      failure: "transaction_lost",
    });
  });
});
