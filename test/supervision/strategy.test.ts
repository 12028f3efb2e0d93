import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { restartSet, SupervisionStrategy } from "../../src/supervision/strategy.ts";

const children = ["oldest", "middle", "youngest"];

describe("restartSet", () => {
  for (const [strategy, expected] of [
    [SupervisionStrategy.OneForOne, ["middle"]],
    [SupervisionStrategy.OneForAll, children],
    [SupervisionStrategy.RestForOne, ["middle", "youngest"]],
  ] as const) {
    it(`of ${strategy} is ${expected.join(", ")} when the middle one of three fails`, () => {
      assert.deepEqual(
        restartSet(strategy, () => children, "middle"),
        expected,
      );
    });

    it(`of ${strategy} is the only child where there is one`, () => {
      assert.deepEqual(
        restartSet(strategy, () => ["only"], "only"),
        ["only"],
      );
    });
  }

  it("of one_for_one does not ask for the children", () => {
    const ask = (): never => assert.fail("a family of a million need not be listed");

    assert.deepEqual(restartSet(SupervisionStrategy.OneForOne, ask, "one"), ["one"]);
  });
});
