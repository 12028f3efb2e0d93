import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DueEntry, dueKey } from "../../../src/activation/records/record-keys.ts";
import { DueIndex, type DueIndexParts } from "../../../src/activation/schedule/due-index.ts";
import { StoreError } from "../../../src/base/errors.ts";
import type { Store } from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { JumpingClock } from "../../_support/jumping-clock.ts";

const DAY_MS = 86_400_000;
const NOTHING = new Uint8Array(0);

/** An index whose actors take every entry over at once, and remove it from the store. */
class World {
  readonly clock: JumpingClock = new JumpingClock();
  readonly store: Pick<Store, "listKeys"> & MemoryStore;
  readonly index: DueIndex;
  readonly known: Set<string> = new Set(["job"]);
  readonly fired: string[] = [];
  readonly reports: string[] = [];
  reads = 0;

  constructor(parts: Partial<DueIndexParts> = {}, store: MemoryStore = new MemoryStore()) {
    this.store = store;
    const listKeys: Store["listKeys"] = (...args) => {
      this.reads += 1;
      return this.store.listKeys(...args);
    };
    this.index = new DueIndex({
      store: { listKeys },
      clock: this.clock,
      isKnown: (type) => this.known.has(type),
      fire: (entry) => this.take(entry),
      unknownType: (type) => void this.reports.push(`unknown ${type}`),
      unreadable: (error, retryMs) => void this.reports.push(`${error.message} ${retryMs}`),
      ...parts,
    });
  }

  get now(): number {
    return this.clock.epochMs();
  }

  async set(id: string, inMs: number, type = "job"): Promise<number> {
    const dueAtMs = this.now + inMs;
    await this.store.put(dueKey({ dueAtMs, owner: { type, keyText: "a" }, id }), NOTHING);
    return dueAtMs;
  }

  async take(entry: DueEntry): Promise<void> {
    this.fired.push(entry.id);
    await this.store.delete(dueKey(entry));
  }
}

describe("the index of due times", () => {
  it("hands out what was due before it began, without any traffic", async () => {
    const world = new World();
    await world.set("late", -DAY_MS);
    await world.set("later", -1);
    await world.set("future", 1_000);

    world.index.scan();
    await world.clock.advance(0);

    assert.deepEqual(world.fired, ["late", "later"]);
    await world.index.close();
  });

  it("hands out an entry when it is due, with one timer", async () => {
    const world = new World();
    for (const [id, inMs] of [
      ["b", 2_000],
      ["a", 1_000],
      ["c", 3_000],
    ] as const) {
      await world.set(id, inMs);
    }
    world.index.scan();
    await world.clock.advance(0);

    await world.clock.advance(999);
    assert.deepEqual(world.fired, []);
    assert.equal(world.clock.pendingTimers, 1);
    await world.clock.advance(1_001);

    assert.deepEqual(world.fired, ["a", "b"]);
    await world.index.close();
    assert.equal(world.clock.pendingTimers, 0);
  });

  it("has no timer without entries, and one after the first was stored", async () => {
    const world = new World();
    world.index.scan();
    await world.clock.advance(0);
    assert.equal(world.clock.pendingTimers, 0);

    world.index.notice(await world.set("a", 500));
    await world.clock.advance(500);

    assert.deepEqual(world.fired, ["a"]);
    await world.index.close();
  });

  it("goes back for an entry that was stored with an earlier time", async () => {
    const world = new World();
    await world.set("a", -1_000);
    world.index.scan();
    await world.clock.advance(0);

    world.index.notice(await world.set("b", -2_000));
    await world.clock.advance(0);

    assert.deepEqual(world.fired, ["a", "b"]);
    await world.index.close();
  });

  it("hands an entry out once while its actor has not removed it", async () => {
    const fired: string[] = [];
    const world = new World({ fire: async ({ id }) => void fired.push(id) });
    await world.set("a", -1_000);
    world.index.scan();
    await world.clock.advance(0);

    world.index.notice(await world.set("b", 1_000));
    await world.clock.advance(1_000);

    assert.deepEqual(fired, ["a", "b"]);
    await world.index.close();
  });

  it("finds an entry that was stored while an earlier page was handed out", async () => {
    const world: World = new World({
      fire: async (entry) => {
        if (entry.id === "a") {
          await world.clock.advance(10);
          world.index.notice(await world.set("new", -5));
        }
        await world.take(entry);
      },
    });
    await world.set("a", -1_000);
    await world.set("b", 0);
    world.index.scan();
    await world.clock.advance(0);
    await world.clock.advance(0);

    assert.deepEqual(world.fired.toSorted(), ["a", "b", "new"]);
    await world.index.close();
  });

  it("reads the wall clock at least once a minute, so that a clock set forward is noticed", async () => {
    const world = new World();
    await world.set("tomorrow", DAY_MS);
    world.index.scan();
    await world.clock.advance(0);

    world.clock.jump(DAY_MS);
    await world.clock.advance(60_000);

    assert.deepEqual(world.fired, ["tomorrow"]);
    await world.index.close();
  });

  it("waits for the wall clock after it was set back, and fires nothing twice", async () => {
    const world = new World();
    world.index.notice(await world.set("a", 1_000));
    await world.clock.advance(1_000);

    world.clock.jump(-DAY_MS);
    world.index.notice(await world.set("b", 60_000));
    await world.clock.advance(59_999);
    assert.deepEqual(world.fired, ["a"]);
    await world.clock.advance(1);

    assert.deepEqual(world.fired, ["a", "b"]);
    await world.index.close();
  });

  for (const [what, inMs] of [
    ["2^31 ms", 2 ** 31],
    ["thirty years", 30 * 365 * DAY_MS],
    ["the year 10000", Date.parse("+010000-01-01T00:00:00Z") - Date.parse("2026-01-01T00:00:00Z")],
  ] as const) {
    it(`waits for ${what}`, async () => {
      const world = new World();
      world.index.notice(await world.set("a", inMs));
      await world.clock.advance(600_000);
      assert.deepEqual(world.fired, []);
      assert.equal(world.reads, 0);

      world.clock.jump(inMs - 600_000 - 1);
      await world.clock.advance(0);
      assert.deepEqual(world.fired, []);
      await world.clock.advance(60_000);

      assert.deepEqual(world.fired, ["a"]);
      await world.index.close();
    });
  }

  it("leaves entries of an unknown type due, and reports the type once", async () => {
    const world = new World();
    await world.set("x", -2, "gone");
    await world.set("y", -1, "gone");
    await world.set("a", -1);
    world.index.scan();
    await world.clock.advance(0);
    world.index.scan();
    await world.clock.advance(0);

    assert.deepEqual(world.reports, ["unknown gone"]);
    assert.deepEqual(world.fired, ["a"]);

    world.known.add("gone");
    world.index.scan();
    await world.clock.advance(0);
    assert.deepEqual(world.fired, ["a", "x", "y"]);
    await world.index.close();
  });

  it("tries an actor that could not start again after 1, 2 and 4 s", async () => {
    let failures = 3;
    const atMs: number[] = [];
    const world: World = new World({
      fire: async (entry) => {
        atMs.push(world.clock.monotonicMs() - 1_000);
        failures -= 1;
        if (failures >= 0) throw new Error("cannot start");
        await world.take(entry);
      },
    });
    await world.set("a", 0);
    world.index.scan();
    await world.clock.advance(20_000);

    assert.deepEqual(atMs, [0, 1_000, 3_000, 7_000]);
    assert.deepEqual(world.fired, ["a"]);
    await world.index.close();
    assert.equal(world.clock.pendingTimers, 0);
  });

  it("reads again after a reading that failed, and reports it", async () => {
    const store = new MemoryStore();
    const { listKeys } = store;
    let failing = 2;
    store.listKeys = async (...args) => {
      failing -= 1;
      if (failing >= 0) throw new StoreError("no answer", { code: "ERR_STORE_UNAVAILABLE" });
      return listKeys.apply(store, args);
    };
    const world: World = new World({}, store);
    await world.set("a", -1);

    world.index.scan();
    await world.clock.advance(3_000);

    assert.deepEqual(world.reports, ["no answer 1000", "no answer 2000"]);
    assert.deepEqual(world.fired, ["a"]);
    await world.index.close();
  });

  it("ends when the store is closed", async () => {
    const world = new World();
    await world.set("a", 100);
    world.index.scan();
    await world.clock.advance(0);
    await world.store.close();

    await world.clock.advance(100);

    assert.deepEqual(world.reports, []);
    assert.equal(world.clock.pendingTimers, 0);
    await world.index.close();
  });

  it("wakes at most 64 actors at once", async () => {
    const waiting: (() => void)[] = [];
    const world: World = new World({
      fire: async (entry) => {
        world.fired.push(entry.id);
        await new Promise<void>((resolve) => waiting.push(resolve));
      },
    });
    for (let at = 0; at < 100; at += 1) await world.set(`${at}`, -1);

    world.index.scan();
    await world.clock.advance(0);
    assert.equal(world.fired.length, 64);
    waiting.shift()?.();
    await world.clock.advance(0);

    assert.equal(world.fired.length, 65);
    world.index.stop();
    for (const resolve of waiting) resolve();
    await world.index.close();
  });

  it("holds one page in memory of a million entries, most of them of an unknown type", async () => {
    const pages: number[] = [];
    let handedOut = 0;
    const key = (at: number): string =>
      dueKey({
        dueAtMs: 1_000_000 + at,
        owner: { type: at % 1_000 === 0 ? "job" : "gone", keyText: `k${at}` },
        id: "x",
      });
    /** A store with a million entries that are made when they are listed. */
    const listKeys: Store["listKeys"] = async (_prefix, { cursor, limit = 0 } = {}) => {
      const from = cursor === undefined ? 0 : Number(cursor.split("/")[1]) - 1_000_000 + 1;
      const first = Math.max(0, from);
      const count = Math.min(limit, 1_000_000 - first);
      pages.push(count);
      const keys = Array.from({ length: count }, (_, at) => key(first + at));
      return { keys, cursor: first + count < 1_000_000 ? keys.at(-1) : undefined };
    };
    const world = new World({
      store: { listKeys },
      fire: async () => {
        handedOut += 1;
      },
    });

    world.index.scan();
    while (handedOut < 1_000) await world.clock.advance(0);

    assert.equal(Math.max(...pages), 256);
    assert.equal(handedOut, 1_000);
    await world.index.close();
  });
});

describe("the index of due times of a store that other processes use", () => {
  it("finds what was stored without notice, and hands out nothing once it is paused", async () => {
    const world = new World({ rescanMs: 10_000 });
    world.index.scan();
    await world.clock.advance(0);
    await world.set("a", 5_000);
    await world.set("b", 20_000);

    await world.clock.advance(9_999);
    assert.deepEqual(world.fired, []);
    await world.clock.advance(1);
    assert.deepEqual(world.fired, ["a"]);

    world.index.pause();
    await world.clock.advance(100_000);
    assert.deepEqual(world.fired, ["a"]);
    assert.deepEqual([world.clock.pendingTimers, world.clock.backgroundTimers], [0, 0]);

    world.index.scan();
    await world.clock.advance(0);
    assert.deepEqual(world.fired, ["a", "b"]);
    await world.index.close();
  });

  it("keeps the growing delays between the attempts to wake an actor", async () => {
    const attempts: number[] = [];
    const world = new World({
      rescanMs: 500,
      fire: () => {
        attempts.push(world.clock.monotonicMs());
        return Promise.reject(new Error("no"));
      },
    });
    await world.set("a", 0);
    const startedMs = world.clock.monotonicMs();
    world.index.scan();

    for (let passedMs = 0; passedMs < 8_000; passedMs += 100) await world.clock.advance(100);

    assert.deepEqual(
      attempts.map((atMs) => atMs - startedMs),
      [0, 1_000, 3_000, 7_000],
    );
    await world.index.close();
  });
});
