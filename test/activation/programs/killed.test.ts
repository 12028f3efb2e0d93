import assert from "node:assert/strict";
import { rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createSystem, openSqliteStore } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { counter, KEYS } from "../../_support/keyed-counter.ts";
import { type Fact, StoreProcess } from "../../_support/store-process.ts";

const ROUNDS = 10;
const PROGRAM = join(import.meta.dirname, "../../_support/keyed-program.ts");

/** The highest count of each key that was replied. */
function replied(facts: readonly Fact[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key, count } of facts) {
    if (typeof key === "string" && typeof count === "number") counts.set(key, count);
  }
  return counts;
}

/** Reads all actors as the next process does. */
async function readAll(directory: string): Promise<Map<string, number>> {
  const store = await openSqliteStore({ directory });
  const system = createSystem({ ...inMemoryTelemetry().systemOptions, store });
  const counts = new Map<string, number>();
  for (const key of KEYS) {
    const { count, copy } = await system.get(counter, key).ask.read();
    assert.equal(copy, count, `the commit of ${key} was torn`);
    counts.set(key, count);
  }
  await system.shutdown();
  expectBooks(system);
  return counts;
}

type Counts = ReadonlyMap<string, number>;

/** Holds that nothing is lost of what was stored before a round or replied in it. */
function assertKept(before: Counts, inRound: Counts, after: Counts): void {
  for (const [key, count] of before) assert.ok((after.get(key) ?? 0) >= count, key);
  for (const [key, count] of inRound) {
    const stored = after.get(key) ?? 0;
    // One more may have been stored whose reply was under way.
    assert.ok(stored >= count && stored <= count + 1, `${key}: ${stored}, replied ${count}`);
  }
}

describe("keyed actors whose process is killed", () => {
  it(`keep every change that was replied, in ${ROUNDS} rounds of 1,000 saves`, async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    let before = new Map<string, number>();
    let kills = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      await using child = new StoreProcess([directory], [], PROGRAM);
      const enough = round < 3 ? round : (round * 106) % 950;
      await child.until((facts) => facts.length > enough);
      await child.kill();
      if (replied(child.facts).size > 0) kills += 1;

      const after = await readAll(directory);

      assertKept(before, replied(child.facts), after);
      before = after;
    }
    assert.ok(kills > ROUNDS / 2, `${kills} rounds with replies`);
  });

  const LOSSES: Readonly<Record<string, (log: string) => void>> = {
    deleted: (log) => rmSync(log),
    "cut to a half": (log) => truncateSync(log, statSync(log).size / 2),
    "cut to nothing": (log) => truncateSync(log),
  };
  for (const [what, lose] of Object.entries(LOSSES)) {
    it(`are refused when the log of their store was ${what}, until its mark is removed`, async () => {
      using folder = new DataFolder();
      const directory = folder.file("data");
      await using child = new StoreProcess([directory], [], PROGRAM);
      await child.until((facts) => facts.length > 100);
      await child.kill();
      lose(`${directory}/limelight.db-wal`);

      for (let attempt = 0; attempt < 2; attempt += 1) {
        await assert.rejects(openSqliteStore({ directory }), {
          name: "StoreError",
          code: "ERR_STORE_CORRUPT",
          message: /revisions \d+ to \d+ are missing/,
        });
      }

      rmSync(`${directory}/limelight.mark`);
      const kept = await readAll(directory);
      const before = replied(child.facts);
      assert.ok([...before].some(([key, count]) => (kept.get(key) ?? 0) < count));
    });
  }
});
