import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SlowCodeError, within } from "../../src/base/async/within.ts";
import { ManualClock } from "../../src/testing.ts";

describe("a wait for the code of an application", () => {
  const what = "`allow` of cart";

  it("ends as the code does, and leaves no timer", async () => {
    const clock = new ManualClock();
    const limit = { clock, limitMs: 100, what };

    assert.equal(await within(limit, Promise.resolve(1)), 1);
    await assert.rejects(within(limit, Promise.reject(new RangeError("no"))), RangeError);

    assert.deepEqual([clock.pendingTimers, clock.backgroundTimers], [0, 0]);
  });

  it("ends after its time; what the code does later is ignored", async () => {
    const clock = new ManualClock();
    const { promise, reject } = Promise.withResolvers<number>();

    const late = within({ clock, limitMs: 100, what }, promise);
    const refused = assert.rejects(late, (error) => {
      assert.ok(error instanceof SlowCodeError);
      assert.equal(error.message, "`allow` of cart took longer than 100 ms");
      return true;
    });
    await clock.advance(100);
    await refused;

    reject(new Error("too late"));
  });
});
