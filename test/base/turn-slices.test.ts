import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inSlices } from "../../src/base/turn-slices.ts";

/** Counts the turns of the event loop until `done`. */
async function turnsUntil(done: Promise<void>): Promise<number> {
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  await done;
  counting = false;
  return turns;
}

describe("work in slices", () => {
  it("is done at once for few items", async () => {
    const done: number[] = [];
    const working = inSlices([1, 2, 3], (item) => done.push(item));

    assert.deepEqual(done, [1, 2, 3]);
    await working;
  });

  it("lets the event loop turn between many items, and does each once, in order", async () => {
    // So many cannot be done in one slice of 5 ms, on any machine.
    const items = Array.from({ length: 2_000_000 }, (_, at) => at);
    let next = 0;
    const turns = await turnsUntil(
      inSlices(items, (item) => {
        assert.equal(item, next);
        next += 1;
      }),
    );

    assert.equal(next, items.length);
    assert.ok(turns > 1, `${turns} turns`);
  });

  it("ends with the error of an item", async () => {
    const failing = inSlices([1], () => {
      throw new RangeError("no");
    });
    await assert.rejects(failing, RangeError);
  });
});
