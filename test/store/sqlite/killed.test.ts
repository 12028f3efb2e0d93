import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { type Fact, StoreProcess } from "../../_support/store-process.ts";

const ROUNDS = 20;

/** The last revision of each key that was acknowledged. */
function acknowledged(facts: readonly Fact[]): Map<string, number> {
  const revisions = new Map<string, number>();
  for (const { key, revision } of facts) {
    if (typeof key !== "string" || typeof revision !== "number") continue;
    revisions.set(key, Math.max(revision, revisions.get(key) ?? 0));
  }
  return revisions;
}

/** Opening checks a file that was not closed. Each entry that is read has a checksum. */
async function assertSound(directory: string, facts: readonly Fact[]): Promise<void> {
  const store = await SqliteStore.open({ directory });
  try {
    for (const [key, revision] of acknowledged(facts)) {
      const entry = await store.get(key);
      assert.ok(entry !== undefined && entry.revision >= revision, `${key} at ${revision} is lost`);
    }
    const { entries } = await store.list("pair/", { limit: 1_000 });
    for (let at = 0; at < entries.length; at += 2) {
      assert.equal(entries[at]?.revision, entries[at + 1]?.revision, "a batch was torn");
    }
  } finally {
    await store.close();
  }
}

describe("a store whose process is killed", () => {
  it(`has lost nothing that was acknowledged, in ${ROUNDS} rounds of 1,000 saves`, async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    let total = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      await using child = new StoreProcess(["save", directory]);
      // Some time in the first, middle or last part of the saves; the first rounds kill it as soon as the store is open.
      const enough = round < 3 ? round : (round * 53) % 950;
      await child.until((facts) => facts.length > enough);
      await child.kill();
      total += acknowledged(child.facts).size;
      await assertSound(directory, child.facts);
    }
    assert.ok(total > ROUNDS);
  });

  it("releases its lock, so that the next process opens it at once", async () => {
    using folder = new DataFolder();
    await using first = new StoreProcess(["hold", folder.file("data")]);
    await first.until((facts) => facts.length > 0);

    await using second = new StoreProcess(["hold", folder.file("data")]);
    await second.until((facts) => facts.length > 0);
    assert.equal(second.facts[0]?.["code"], "ERR_STORE_LOCKED");
    assert.match(String(second.facts[0]?.["message"]), new RegExp(`process ${first.pid}\\b`));
    await first.kill();
    await using third = new StoreProcess(["hold", folder.file("data")]);
    await third.until((facts) => facts.length > 0);

    assert.deepEqual(third.facts, [{ open: true }]);
  });

  it("does not keep an idle process alive, and prints no warning", async () => {
    using folder = new DataFolder();
    const child = new StoreProcess(["idle", folder.file("data"), "kept"]);

    assert.equal(await child.ended(), 0);

    assert.equal(child.stderr, "");
    const store = await SqliteStore.open({ directory: folder.file("data") });
    assert.equal(Buffer.from((await store.get("a"))?.value ?? []).toString(), "kept");
    await store.close();
  });
});
