import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SleepOrder } from "../../../src/activation/awake/sleep-order.ts";
import { ManualClock } from "../../../src/testing.ts";

/** Sleeps that end when the test says so. */
class Sleeps {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();

  of(name: string): () => Promise<void> {
    return () => {
      this.begun.push(name);
      return new Promise((resolve) => this.#ends.set(name, resolve));
    };
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await Promise.resolve();
    await Promise.resolve();
  }
}

describe("actors that go to sleep in one sweep", () => {
  it("do so one after the other", async () => {
    const [order, sleeps] = [new SleepOrder(new ManualClock()), new Sleeps()];
    for (const name of ["a", "b", "c"]) order.add(sleeps.of(name));

    const first = [...sleeps.begun];
    await sleeps.end("a");
    const second = [...sleeps.begun];
    await sleeps.end("b");

    assert.deepEqual(first, ["a"]);
    assert.deepEqual(second, ["a", "b"]);
    assert.deepEqual(sleeps.begun, ["a", "b", "c"]);
  });

  it("do not wait longer than 100 ms for one whose hook hangs", async () => {
    const clock = new ManualClock();
    const [order, sleeps] = [new SleepOrder(clock), new Sleeps()];
    for (const name of ["hangs", "b", "c"]) order.add(sleeps.of(name));

    await clock.advance(99);
    const before = [...sleeps.begun];
    await clock.advance(1);
    const after = [...sleeps.begun];
    await sleeps.end("b");
    await sleeps.end("hangs"); // its turn is over
    await sleeps.end("c");
    order.add(sleeps.of("d"));

    assert.deepEqual(before, ["hangs"]);
    assert.deepEqual(after, ["hangs", "b"]);
    assert.deepEqual(sleeps.begun, ["hangs", "b", "c", "d"]);
    assert.equal(clock.backgroundTimers, 1);
  });

  it("pass over those that need not sleep any more", async () => {
    const [order, sleeps] = [new SleepOrder(new ManualClock()), new Sleeps()];
    order.add(sleeps.of("a"));
    order.add(() => undefined);
    order.add(() => undefined);
    order.add(sleeps.of("b"));

    await sleeps.end("a");

    assert.deepEqual(sleeps.begun, ["a", "b"]);
  });

  it("have all begun within about 10 s, however many hooks hang", async () => {
    const clock = new ManualClock();
    const [order, sleeps] = [new SleepOrder(clock), new Sleeps()];
    for (let at = 0; at < 2_000; at += 1) order.add(sleeps.of(`hangs ${at}`));

    for (let passedMs = 0; passedMs < 11_000 && sleeps.begun.length < 2_000; passedMs += 100) {
      await clock.advance(100);
    }

    assert.equal(sleeps.begun.length, 2_000);
    order.close();
    assert.equal(clock.backgroundTimers, 0);
  });
});
