import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runnerSettings } from "../../../src/cluster/runner/runner-settings.ts";

describe("the time that a runner gives the end of an actor", () => {
  const given = { name: "one", host: "here", pid: 1 };
  const ofDefinitions: Readonly<Record<string, number>> = { long: 20_000, short: 1_000, day: 9e7 };
  const stopLimitMs = (type: string): number | undefined => ofDefinitions[type];

  it("is that of its definition, never more than the drain has", () => {
    const { stopMs } = runnerSettings({ ...given, stopLimitMs });

    assert.deepEqual(
      ["long", "short", "day", "other"].map(stopMs),
      [20_000, 1_000, 25_000, 10_000],
    );
  });

  it("is that of the runner for its type, if it has one", () => {
    const { stopMs } = runnerSettings({ ...given, stopLimitMs, stopMsOf: { short: 5_000 } });

    assert.equal(stopMs("short"), 5_000);
  });
});
