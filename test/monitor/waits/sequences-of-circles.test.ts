import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { requireRuntime } from "../../../src/actor/system/create-runtime.ts";
import type { MonitoredSystem } from "../../../src/index.ts";
import { WaitPicture } from "../../../src/monitor/waits/wait-picture.ts";
import { type OpenManualSystem, openManualSystem } from "../../_support/actor-system.ts";
import { codeOf, settleTurns } from "../../_support/actor-waiting.ts";
import { puppet } from "../../_support/monitor-actors.ts";
import { deadlockedByRounds, knotsByReachability } from "../../_support/monitor-waits.ts";

const ACTORS = 4;
const LOOK_MS = 250;
/** Far beyond what a run takes: a circle that is not freed is seen as such. */
const LONG = { timeoutMs: 3_600_000 };

/** What one actor asks of others: the targets of a step all at once, the steps one after the other. */
type Script = readonly (readonly number[])[];

const scripts: fc.Arbitrary<readonly Script[]> = fc.array(
  fc.array(fc.array(fc.nat({ max: ACTORS - 2 }), { minLength: 1, maxLength: 2 }), {
    maxLength: 4,
  }),
  { minLength: ACTORS, maxLength: ACTORS },
);

/** The number of knots there are, by the slow model. */
function knotsOf(system: MonitoredSystem): number {
  const runtime = requireRuntime(system);
  const graph = new WaitPicture([runtime], runtime.clock.monotonicMs()).graph();
  const numbers = new Map([...graph.keys()].map((party, at) => [party, at]));
  const numberOf = (party: typeof graph extends Map<infer Key, unknown> ? Key : never): number =>
    numbers.get(party) ?? -1;
  const numbered = new Map(
    [...graph].map(([party, { mode, targets }]) => [
      numberOf(party),
      { mode, targets: targets.map(numberOf) },
    ]),
  );
  return knotsByReachability(numbered, deadlockedByRounds(numbered)).length;
}

/** Has each actor follow its script; all of them begin at once. */
function begin({ system }: OpenManualSystem, all: readonly Script[]): Promise<unknown[]> {
  const refs = all.map(() => system.spawn(puppet));
  const runs = all.map((script, self) => {
    const others = refs.filter((_, at) => at !== self);
    return refs[self]!.with(LONG).ask.run(async () => {
      const codes: unknown[] = [];
      for (const step of script) {
        const asks = step.map((at) => codeOf(others[at]!.with(LONG).ask.value()));
        codes.push(...(await Promise.all(asks)));
      }
      return codes;
    });
  });
  return Promise.all(runs).then((codes) => codes.flat());
}

describe("a sequence of circles", () => {
  it("is told of and freed circle by circle, as a brute-force model finds them at each look", async () => {
    let circles = 0;
    let again = 0;
    await fc.assert(
      fc.asyncProperty(scripts, async (all) => {
        await using open = openManualSystem({ onDeadlock: "reject" });
        let told = 0;
        open.system.monitor.on("deadlock", () => {
          told += 1;
        });
        let over = false;
        const done = begin(open, all).finally(() => {
          over = true;
        });
        let looks = 0;
        for (; !over; looks += 1) {
          assert.ok(looks < 100, "a circle was not freed");
          await settleTurns();
          const expected = told + knotsOf(open.system);
          await open.clock.advance(LOOK_MS);
          assert.equal(told, expected);
        }
        const codes = await done;

        assert.equal(codes.filter((code) => code === "ERR_DEADLOCK").length, told);
        assert.equal(codes.filter((code) => code === undefined).length, codes.length - told);
        circles += told;
        if (told > 1) again += 1;
      }),
      { numRuns: 60 },
    );
    assert.ok(circles > 60 && again > 10, `only ${circles} circles, ${again} runs with several`);
  });
});
