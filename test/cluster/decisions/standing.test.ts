import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Standing } from "../../../src/cluster/decisions/standing.ts";

function fail(standing: Standing, count: number, nowMs: number): void {
  for (let number = 0; number < count; number += 1) standing.startFailed(`cart.k${number}`, nowMs);
}

describe("the standing of a runner", () => {
  it("is lost after five actors in a row whose starts have failed there", () => {
    const standing = new Standing();
    fail(standing, 4, 0);
    assert.equal(standing.evictedFor(0), undefined);

    standing.startFailed("cart.k4", 0);

    assert.equal(standing.evictedFor(0), "failed_starts");
  });

  it("is not lost by one actor that fails again and again, or if others start in between", () => {
    const standing = new Standing();
    for (let number = 0; number < 100; number += 1) standing.startFailed("cart.bad", number);
    assert.equal(standing.evictedFor(100), undefined);
    for (let number = 0; number < 100; number += 1) {
      standing.startFailed(`cart.k${number}`, number);
      if (number % 4 === 0) standing.started();
    }
    assert.equal(standing.evictedFor(100), undefined);
  });

  it("is tried after 30 s with one actor, and after twice as long each time that this fails, at most 10 min", () => {
    const standing = new Standing();
    fail(standing, 5, 0);
    const pausesMs: number[] = [];
    for (let nowMs = 0; pausesMs.length < 7; ) {
      let untilMs = nowMs;
      while (standing.evictedFor(untilMs) !== undefined) untilMs += 1_000;
      pausesMs.push(untilMs - nowMs);
      nowMs = untilMs;
      standing.startFailed("cart.a", nowMs);
      assert.equal(standing.evictedFor(nowMs), "failed_starts", "one failure is enough now");
    }

    assert.deepEqual(
      pausesMs,
      [30, 60, 120, 240, 480, 600, 600].map((seconds) => seconds * 1_000),
    );
  });

  it("is whole again after one start", () => {
    const standing = new Standing();
    fail(standing, 5, 0);
    fail(standing, 5, 31_000);
    assert.equal(standing.evictedFor(32_000), "failed_starts");

    standing.started();

    assert.equal(standing.evictedFor(32_000), undefined);
    fail(standing, 4, 33_000);
    assert.equal(standing.evictedFor(33_000), undefined);
  });

  it("is lost at a health score of 6, and found again at 2", () => {
    const standing = new Standing();
    const seen = [5, 6, 5, 3, 2, 3, 5, 8].map((score) => {
      standing.scored(score);
      return standing.evictedFor(0) ?? "-";
    });

    const bad = "unhealthy";
    assert.deepEqual(seen, ["-", bad, bad, bad, "-", "-", "-", bad]);
  });
});
