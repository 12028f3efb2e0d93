import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { Demultiplexer, MAX_ATTEMPTS } from "../../../src/cluster/runner/demultiplexer.ts";
import { ManualClock } from "../../../src/testing.ts";

/** Message of an error that another attempt cannot end otherwise. */
const FINAL = "final";

/** One item of a {@link Work}. */
interface Item {
  readonly key: string;
  readonly number: number;
  /** Attempts that fail before one that does not. */
  readonly failures: number;
  /** Attempts to give it up that fail. */
  readonly lostLetters?: number;
  readonly isFinal?: boolean;
}

/** What becomes of items: each is at a gate until the test opens it. */
class Work {
  readonly clock = new ManualClock();
  readonly started: string[] = [];
  readonly done: string[] = [];
  readonly dead: string[] = [];
  readonly abandoned: string[] = [];
  readonly failed: string[] = [];
  readonly actives: number[] = [];
  readonly #attempts = new Map<Item, number>();
  readonly #letters = new Map<Item, number>();
  readonly #atWork = new Map<string, { readonly item: Item; readonly gate: Deferred<void> }>();
  readonly queues: Demultiplexer<Item>;
  isGated = true;

  constructor(capacity = 4) {
    this.queues = new Demultiplexer<Item>({
      clock: this.clock,
      luck: () => 0.5,
      capacity,
      handle: (item) => this.#handle(item),
      failed: (item, _error, attempt) => this.failed.push(`${nameOf(item)} ${attempt}`),
      isFinal: (error) => (error as Error).message === FINAL,
      giveUp: (item) => this.#giveUp(item),
      activeChanged: (active) => this.actives.push(active),
      abandoned: (item) => this.abandoned.push(nameOf(item)),
    });
  }

  push(key: string, number: number, more: Partial<Item> = {}): boolean {
    return this.queues.push(key, { key, number, failures: 0, ...more });
  }

  /** Keys whose items are at a gate. */
  get waiting(): readonly string[] {
    return [...this.#atWork.keys()];
  }

  /** Opens the gate of the item of a key. */
  async open(key: string): Promise<void> {
    this.#atWork.get(key)?.gate.resolve();
    await this.clock.advance(0);
  }

  async #handle(item: Item): Promise<void> {
    assert.equal(this.#atWork.has(item.key), false, "two items of a key at a time");
    const attempt = (this.#attempts.get(item) ?? 0) + 1;
    this.#attempts.set(item, attempt);
    this.started.push(`${nameOf(item)} ${attempt}`);
    const gate = new Deferred<void>();
    this.#atWork.set(item.key, { item, gate });
    if (this.isGated) await gate.promise;
    this.#atWork.delete(item.key);
    if (attempt <= item.failures) throw new Error(item.isFinal === true ? FINAL : "again");
    this.done.push(nameOf(item));
  }

  async #giveUp(item: Item): Promise<void> {
    const attempt = (this.#letters.get(item) ?? 0) + 1;
    this.#letters.set(item, attempt);
    if (attempt <= (item.lostLetters ?? 0)) throw new Error("no dead letter");
    this.dead.push(nameOf(item));
  }
}

function nameOf({ key, number }: Item): string {
  return `${key}${number}`;
}

describe("a demultiplexer", () => {
  it("works on one item of a key at a time, in order, and on keys side by side", async () => {
    const work = new Work();
    for (const number of [1, 2, 3]) for (const key of ["a", "b"]) work.push(key, number);

    assert.deepEqual(work.started, ["a1 1", "b1 1"]);
    await work.open("b");
    await work.open("b");
    await work.open("a");

    assert.deepEqual(work.done, ["b1", "b2", "a1"]);
    assert.deepEqual(work.waiting.toSorted(), ["a", "b"]);
  });

  it("refuses an item of a key whose queue is full, and takes those of others", async () => {
    const work = new Work(2);

    assert.deepEqual(
      [work.push("a", 1), work.push("a", 2), work.push("a", 3), work.push("b", 1)],
      [true, true, false, true],
    );
    await work.open("a");
    assert.equal(work.push("a", 4), true);
  });

  it("removes a queue only when it is empty: an item that comes at the end is not lost", async () => {
    const work = new Work();
    work.push("a", 1);

    const opened = work.open("a");
    work.push("a", 2);
    await opened;
    await work.open("a");

    assert.deepEqual(work.done, ["a1", "a2"]);
    assert.equal(work.queues.active, 0);
    assert.deepEqual(work.actives, [1, 0]);
    assert.equal(work.push("a", 3), true);
  });

  it("repeats an item that fails with growing delays, before any later one", async () => {
    const work = new Work();
    work.isGated = false;
    work.push("a", 1, { failures: 2 });
    work.push("a", 2);
    await work.clock.advance(0);

    assert.deepEqual(work.started, ["a1 1"]);
    await work.clock.advance(1_000);
    assert.deepEqual(work.started, ["a1 1", "a1 2"]);
    await work.clock.advance(1_000);
    assert.deepEqual(work.started, ["a1 1", "a1 2"]);
    await work.clock.advance(2_000);

    assert.deepEqual(work.done, ["a1", "a2"]);
    assert.deepEqual(work.failed, ["a1 1", "a1 2"]);
  });

  it("gives an item up after six attempts, and goes on with the next", async () => {
    const work = new Work();
    work.isGated = false;
    work.push("a", 1, { failures: 99, lostLetters: 2 });
    work.push("a", 2);

    await work.clock.advance(120_000);

    assert.deepEqual(work.dead, ["a1"]);
    assert.deepEqual(work.done, ["a2"]);
    assert.equal(work.started.filter((text) => text.startsWith("a1")).length, MAX_ATTEMPTS);
    assert.equal(work.failed.length, MAX_ATTEMPTS + 2);
  });

  it("gives an item up at once if another attempt cannot end otherwise", async () => {
    const work = new Work();
    work.isGated = false;
    work.push("a", 1, { failures: 1, isFinal: true });

    await work.clock.advance(0);

    assert.deepEqual([work.dead, work.failed], [["a1"], ["a1 1"]]);
  });

  it("goes on with what is at work when it is closed, and abandons the rest", async () => {
    const work = new Work();
    work.push("a", 1);
    work.push("a", 2);
    work.push("b", 1, { failures: 1 });
    await work.open("b");

    work.queues.close();
    await work.clock.advance(0);

    assert.deepEqual(work.abandoned.toSorted(), ["a2", "b1"]);
    assert.equal(work.queues.size, 1);
    assert.equal(work.push("c", 1), false);
    await work.open("a");
    assert.deepEqual(work.done, ["a1"]);
    assert.equal(work.queues.size, 0);
    assert.equal(work.clock.backgroundTimers, 0);
  });

  type Step =
    | (Pick<Item, "key" | "failures" | "lostLetters"> & { readonly kind: "push" })
    | { readonly kind: "open"; readonly key: string }
    | { readonly kind: "pass"; readonly ms: number };

  it("does every item once and in order, or says what became of it, regardless of what happens", async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("push" as const),
        key: fc.constantFrom("a", "b", "c"),
        failures: fc.constantFrom(0, 0, 0, 1, 2, 5, 6, 9),
        lostLetters: fc.constantFrom(0, 0, 1),
      }),
      fc.record({ kind: fc.constant("open" as const), key: fc.constantFrom("a", "b", "c") }),
      fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(0, 500, 5_000, 60_000) }),
    );
    const steps = fc.array(step, { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (script, isClosed) => {
        const work = new Work(4);
        const taken: Record<string, string[]> = { a: [], b: [], c: [] };
        let number = 0;
        const play = async (next: Step): Promise<void> => {
          if (next.kind === "open") await work.open(next.key);
          else if (next.kind === "pass") await work.clock.advance(next.ms);
          else {
            number += 1;
            if (work.push(next.key, number, next)) taken[next.key]?.push(`${next.key}${number}`);
          }
        };
        for (const next of script) {
          await play(next);
          assert.ok(work.queues.size <= 12);
        }
        if (isClosed) work.queues.close();
        work.isGated = false;
        for (const key of ["a", "b", "c"]) await work.open(key);
        await work.clock.advance(2_000_000);

        assert.deepEqual([work.queues.size, work.queues.active], [0, 0]);
        assert.equal(work.clock.backgroundTimers, 0);
        const all = Object.values(taken).flat();
        const ends = [...work.done, ...work.dead, ...work.abandoned];
        assert.deepEqual(ends.toSorted(), all.toSorted());
        for (const key of ["a", "b", "c"]) {
          const first = work.started.filter((text) => text.startsWith(key) && text.endsWith(" 1"));
          const order = first.map((text) => text.split(" ")[0]);
          assert.deepEqual(order, taken[key]?.slice(0, order.length));
        }
      }),
      { numRuns: 200 },
    );
  });
});
