import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AddressWindows } from "../../../src/gateway/call/address-windows.ts";
import { ManualClock } from "../../../src/testing.ts";

describe("what is counted per address", () => {
  it("is forgotten when its window is over", async () => {
    const clock = new ManualClock();
    const windows = new AddressWindows(clock, 1_000);

    windows.add("a");
    await clock.advance(600);
    assert.deepEqual([windows.add("a"), windows.leftMs("a")], [2, 400]);
    await clock.advance(400);

    assert.deepEqual([windows.count("a"), windows.leftMs("a"), windows.add("a")], [0, 0, 1]);
  });

  it("is bounded: of too many addresses those that were first are forgotten", () => {
    const windows = new AddressWindows(new ManualClock(), 1_000);

    for (let address = 0; address < 10_001; address += 1) windows.add(`${address}`);

    assert.deepEqual([windows.count("0"), windows.count("1"), windows.count("10000")], [0, 1, 1]);
  });
});
