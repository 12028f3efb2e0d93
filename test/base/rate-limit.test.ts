import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RateLimit } from "../../src/base/rate-limit.ts";
import { ManualClock } from "../../src/testing.ts";

function passes(limit: RateLimit, key: string, times: number): (number | undefined)[] {
  return Array.from({ length: times }, () => limit.pass(key));
}

describe("RateLimit", () => {
  it("lets a burst of each key pass and holds back the rest of the window", () => {
    const limit = new RateLimit({ clock: new ManualClock(), burst: 2, windowMs: 100 });

    const answers = [...passes(limit, "a", 3), ...passes(limit, "b", 1)];

    assert.deepEqual(answers, [0, 0, undefined, 0]);
  });

  it("tells the first that passes again how many were held back, once", async () => {
    const clock = new ManualClock();
    const limit = new RateLimit({ clock, burst: 1, windowMs: 100 });
    passes(limit, "a", 5);
    await clock.advance(100);

    const first = limit.pass("a");
    await clock.advance(100);
    const second = limit.pass("a");

    assert.deepEqual([first, second], [4, 0]);
  });
});
