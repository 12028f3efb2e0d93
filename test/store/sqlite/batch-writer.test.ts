import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { WriteKind, type WriteOperation } from "../../../src/store/contract/store.ts";
import { type BatchAnswer, BatchWriter } from "../../../src/store/sqlite/batch-writer.ts";
import { Durability, openForWriting } from "../../../src/store/sqlite/database-file.ts";
import { type PackedOperation, unpackGroup } from "../../../src/store/sqlite/group-codec.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { packGroup } from "../../_support/packed-groups.ts";

/** Answers as short texts: `ok`, or the code of the error. */
function shown(answers: readonly BatchAnswer[]): string[] {
  return answers.map((answer) => ("result" in answer ? "ok" : answer.error.code));
}

function put(key: string, sizeBytes = 10): WriteOperation {
  return { kind: WriteKind.Put, key, value: new Uint8Array(sizeBytes) };
}

/** The batches as the thread of the writer gets them. */
function sent(...batches: readonly (readonly WriteOperation[])[]): PackedOperation[][] {
  return unpackGroup(packGroup(batches));
}

/** A writer, and a database whose `exec` fails as a test says. */
function createWriter(
  folder: DataFolder,
  failing: (sql: string) => Error | undefined = () => undefined,
): { writer: BatchWriter; database: DatabaseSync; count: () => unknown } {
  const file = folder.file("limelight.db");
  const { database, epoch } = openForWriting(file, Durability.Process);
  const faulty = new Proxy(database, {
    get(target, name) {
      if (name !== "exec") return Reflect.get(target, name).bind(target);
      return (sql: string) => {
        const error = failing(sql);
        if (error !== undefined) throw error;
        target.exec(sql);
      };
    },
  });
  const count = (): unknown => database.prepare("SELECT count(*) AS n FROM entries").get()?.["n"];
  return { writer: new BatchWriter(faulty, file, epoch), database, count };
}

function sqliteError(errcode: number): Error {
  return Object.assign(new Error("simulated"), { code: "ERR_SQLITE_ERROR", errcode });
}

describe("the writer of groups", () => {
  it("applies each batch of a group by itself: a conflict leaves the others alone", () => {
    using folder = new DataFolder();
    const { writer, database, count } = createWriter(folder);

    const answers = writer.commit(
      sent(
        [put("a")],
        [put("b"), { ...put("a"), expectedRevision: 99 } as WriteOperation],
        [put("c")],
      ),
    );

    assert.deepEqual(shown(answers), ["ok", "ERR_STORE_CONFLICT", "ok"]);
    assert.equal(count(), 2);
    assert.deepEqual(
      shown(writer.commit(sent([{ ...put("a"), expectedRevision: 9 } as WriteOperation]))),
      ["ERR_STORE_CONFLICT"],
    );
    database.close();
  });

  it("rejects a group that does not fit on the disk, and writes again when there is space", () => {
    using folder = new DataFolder();
    const { writer, database, count } = createWriter(folder);
    writer.commit(sent([put("a")]));
    database.exec("PRAGMA max_page_count = 20");

    const full = writer.commit(sent([put("b", 1_000_000)], [put("c")]));
    database.exec("PRAGMA max_page_count = 100000");
    const later = writer.commit(sent([put("b", 1_000_000)]));

    assert.deepEqual(shown(full), ["ERR_STORE_FULL", "ERR_STORE_FULL"]);
    assert.deepEqual(shown(later), ["ok"]);
    assert.equal(count(), 2);
    database.close();
  });

  it("reports an unknown outcome when the disk fails during the commit", () => {
    using folder = new DataFolder();
    const ioError = sqliteError(10 | (4 << 8)); // SQLITE_IOERR_FSYNC
    let isFailing = true;
    const { writer, database } = createWriter(folder, (sql) =>
      isFailing && sql === "COMMIT" ? ioError : undefined,
    );

    const failed = writer.commit(
      sent([put("a")], [{ kind: WriteKind.Check, key: "b", expectedRevision: 5 }]),
    );
    isFailing = false;
    const later = writer.commit(sent([put("a")]));

    assert.deepEqual(shown(failed), ["ERR_STORE_UNKNOWN_OUTCOME", "ERR_STORE_CONFLICT"]);
    assert.deepEqual(shown(later), ["ok"]);
    database.close();
  });

  it("rejects a group that cannot begin or runs out of space in its commit", () => {
    using folder = new DataFolder();
    let failure: [string, number] = ["BEGIN IMMEDIATE", 5];
    const { writer, database, count } = createWriter(folder, (sql) =>
      sql === failure[0] ? sqliteError(failure[1]) : undefined,
    );

    const busy = writer.commit(sent([put("a")]));
    failure = ["COMMIT", 13];
    const full = writer.commit(sent([put("a")]));

    assert.deepEqual(shown(busy), ["ERR_STORE_UNAVAILABLE"]);
    assert.deepEqual(shown(full), ["ERR_STORE_FULL"]);
    assert.equal(count(), 0);
    database.close();
  });
});
