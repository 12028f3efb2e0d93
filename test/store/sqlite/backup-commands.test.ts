import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { StoreProcess } from "../../_support/store-process.ts";

const MAIN = join(import.meta.dirname, "../../../src/cli/main.ts");

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function limelight(...args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

describe("limelight backup and restore", () => {
  it("copy the data of a process that is writing, which is killed afterwards", async () => {
    using folder = new DataFolder();
    const [data, backup, restored] = ["data", "backup", "restored"].map((name) =>
      folder.file(name),
    );
    await using writer = new StoreProcess(["save", String(data)]);
    await writer.until((facts) => facts.length > 100);
    const before = new Map(
      writer.facts.map(({ key, revision }) => [String(key), Number(revision)] as const),
    );
    before.delete("undefined");

    const copied = await limelight("backup", String(data), String(backup));
    await writer.kill();
    rmSync(String(data), { recursive: true });
    const put = await limelight("restore", String(backup), String(restored));

    assert.deepEqual([copied.code, copied.stderr], [0, ""]);
    assert.match(copied.stdout, /backup: the store, 0 databases of actors, \d+\.\d MiB\n$/);
    assert.deepEqual([put.code, put.stderr], [0, ""]);
    const store = await SqliteStore.open({ directory: String(restored) });
    for (const [key, revision] of before) {
      const entry = await store.get(key);
      assert.ok(entry !== undefined && entry.revision >= revision, `${key} at ${revision} is lost`);
    }
    await store.close();
  });

  it("fail with a code in one line", async () => {
    using folder = new DataFolder();
    const data = folder.file("data");
    await (await SqliteStore.open({ directory: data })).close();
    mkdirSync(folder.file("full"));
    writeFileSync(folder.file("full/file"), "mine");

    const [missing, full, none, argument] = await Promise.all([
      limelight("backup", folder.file("missing"), folder.file("b1")),
      limelight("backup", data, folder.file("full")),
      limelight("restore", data, folder.file("r1")),
      limelight("restore", data),
    ]);

    assert.match(missing.stderr, /^limelight: .*missing has no store \(ERR_STORE_UNAVAILABLE\)\n$/);
    assert.match(full.stderr, /^limelight: .*full is not empty \(ERR_STORE_UNAVAILABLE\)\n$/);
    assert.match(none.stderr, /^limelight: .*is not a backup.*\(ERR_STORE_UNAVAILABLE\)\n$/);
    assert.match(argument.stderr, /missing required argument 'directory'.*\(ERR_INVALID_OPTION\)/);
    assert.deepEqual([missing.code, full.code, none.code, argument.code], [1, 1, 1, 2]);
  });
});
