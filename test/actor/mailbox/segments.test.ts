import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Segment, SegmentPool, slotsOf } from "../../../src/actor/mailbox/segments.ts";

/** A queue that is used up calls this once; so many calls are one period. */
function passPeriod(pool: SegmentPool): void {
  for (let call = 0; call < 4_096; call += 1) pool.trimInTime();
}

function takeAll(pool: SegmentPool, count: number, slots: number): Segment[] {
  return Array.from({ length: count }, () => pool.take(slots));
}

describe("SegmentPool", () => {
  it("hands out again what was given back, of the size asked for", () => {
    const pool = new SegmentPool();
    const small = pool.take(32);
    const large = pool.take(64);

    pool.giveBack(small);
    pool.giveBack(large);

    assert.equal(pool.slots, 96);
    assert.equal(pool.take(64), large);
    assert.equal(pool.take(32), small);
    assert.equal(slotsOf(pool.take(32)), 32);
    assert.equal(pool.slots, 0);
  });

  it("keeps 16 MiB and no more", () => {
    const pool = new SegmentPool();

    for (const segment of takeAll(pool, 100, 32_768)) pool.giveBack(segment);

    assert.equal(pool.slots * 8, 16 * 1_048_576);
  });

  it("lets go of what was not needed for a period, and keeps what was", () => {
    const pool = new SegmentPool();
    for (const segment of takeAll(pool, 10, 1_024)) pool.giveBack(segment);
    passPeriod(pool);

    for (const segment of takeAll(pool, 3, 1_024)) pool.giveBack(segment);
    passPeriod(pool);

    assert.equal(pool.slots, 3 * 1_024);
    passPeriod(pool);
    assert.equal(pool.slots, 0);
  });
});
