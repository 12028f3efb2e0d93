import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Luck } from "../../src/demo/luck.ts";

describe("luck", () => {
  it("is the same for the same seed", () => {
    const [one, other] = [new Luck(7), new Luck(7)];
    const draws = Array.from({ length: 100 }, () => one.next());

    assert.deepEqual(
      Array.from({ length: 100 }, () => other.next()),
      draws,
    );
    assert.notDeepEqual(
      Array.from({ length: 100 }, () => new Luck(8).next()),
      draws,
    );
  });

  it("strikes as often as it should", () => {
    const luck = new Luck(1);
    const draws = Array.from({ length: 10_000 }, () => luck.chance(0.1));
    const share = draws.filter(Boolean).length / draws.length;

    assert.ok(share > 0.08 && share < 0.12, String(share));
    assert.equal(luck.chance(0), false);
    assert.equal(luck.chance(1), true);
  });

  it("stays within its bounds", () => {
    const luck = new Luck(2);
    for (let draw = 0; draw < 1_000; draw += 1) {
      const value = luck.between(10, 40);
      assert.ok(value >= 10 && value < 40, String(value));
      assert.ok([1, 2, 3].includes(luck.pick([1, 2, 3])));
    }
  });
});
