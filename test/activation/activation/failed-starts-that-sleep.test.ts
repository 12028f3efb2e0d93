import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { codeOf, settleTurns } from "../../_support/actor-waiting.ts";
import { allAsleep, openKeyed } from "../../_support/keyed.ts";

const HOOKS = ["onCreate", "vars", "onWake"] as const;

describe("a start that requests sleep and fails", () => {
  for (const hook of HOOKS) {
    it(`in ${hook} answers all its messages, and is not repeated for them`, async () => {
      await using open = openKeyed();
      let starts = 0;
      let fails = true;
      const sleeper = defineKeyedActor("sleeper", {
        state: () => ({ total: 0 }),
        handlers: { add: (c, by: number) => (c.state.total += by) },
        [hook](c: { sleep(): void }) {
          starts += 1;
          if (!fails || starts > 3) return;
          c.sleep();
          throw new RangeError("no start");
        },
      });
      const ref = open.system.get(sleeper, "a");

      const codes = await Promise.all([1, 2, 3].map((by) => codeOf(ref.ask.add(by))));
      await settleTurns();

      assert.deepEqual(codes, ["ERR_START_FAILED", "ERR_START_FAILED", "ERR_START_FAILED"]);
      assert.equal(starts, 1);
      await allAsleep(open);
      assert.deepEqual(
        (await open.telemetry.points("actor.stopped")).map(({ value }) => value),
        [1],
      );

      fails = false;
      await open.clock.advance(1_000);
      assert.equal(await ref.ask.add(1), 1);
    });
  }
});
