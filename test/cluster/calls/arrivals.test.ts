import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Arrivals } from "../../../src/cluster/calls/arrivals.ts";
import { ManualClock } from "../../../src/testing.ts";

describe("Arrivals", () => {
  let clock: ManualClock;
  let arrivals: Arrivals;
  let told: string[];
  const wait = (name: string, generation: number, timeoutMs = 100): (() => void) =>
    arrivals.wait("t.k", generation, timeoutMs, (isHere) => told.push(`${name} ${isHere}`));
  beforeEach(() => {
    clock = new ManualClock();
    arrivals = new Arrivals(clock, 2);
    told = [];
  });

  it("tells at once of an activation that is here", () => {
    arrivals.began("t.k", 3);
    wait("same", 3);
    wait("earlier", 2);

    assert.deepEqual(told, ["same true", "earlier true"]);
  });

  it("tells in order when it has begun, and not those that wait for a later one", () => {
    wait("first", 1);
    wait("second", 2);
    arrivals.began("t.k", 1);
    arrivals.began("t.k", 2);

    assert.deepEqual(told, ["first true", "second true"]);
    assert.equal(arrivals.size, 0);
  });

  it("gives up after the time", async () => {
    wait("first", 1, 50);
    await clock.advance(50);

    assert.deepEqual(told, ["first false"]);
    assert.equal(arrivals.size, 0);
  });

  it("tells that it will not come when it has ended, or all are gone", () => {
    wait("first", 1);
    wait("second", 2);
    arrivals.ended("t.k", 1);
    arrivals.clear();

    assert.deepEqual(told, ["first false", "second false"]);
  });

  it("tells at once of an activation that was here and has ended, however it has ended", () => {
    arrivals.began("t.k", 2);
    arrivals.ended("t.k", 2);
    wait("same", 2);
    arrivals.began("t.k", 3);
    arrivals.clear();
    wait("fenced", 3);
    wait("next", 4);
    arrivals.began("t.k", 4);

    assert.deepEqual(told, ["same false", "fenced false", "next true"]);
  });

  it("remembers the ends of as many addresses as may wait", () => {
    arrivals.ended("t.k", 1);
    arrivals.ended("t.other", 1);
    arrivals.ended("t.third", 1);
    wait("forgotten", 1);

    assert.deepEqual(told, []);
    assert.equal(arrivals.size, 1);
  });

  it("refuses beyond its limit, and tells none that does not wait any more", () => {
    const cancel = wait("first", 1);
    wait("second", 1);
    wait("third", 1);
    cancel();
    arrivals.began("t.k", 1);

    assert.deepEqual(told, ["third false", "second true"]);
    assert.equal(clock.pendingTimers + clock.backgroundTimers, 0);
  });

  it("forgets an activation that has ended, and not the next one", () => {
    arrivals.began("t.k", 1);
    arrivals.began("t.k", 2);
    arrivals.ended("t.k", 1);
    assert.equal(arrivals.at("t.k"), 2);
    arrivals.ended("t.k", 2);
    assert.equal(arrivals.at("t.k"), undefined);
  });
});
