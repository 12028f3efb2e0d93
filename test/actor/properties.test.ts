import { describe, it } from "node:test";
import fc from "fast-check";
import {
  ACTS,
  type Character,
  MOODS,
  type Scenario,
  Stage,
  type Step,
} from "../_support/actor-scenario.ts";

const actor = fc.nat({ max: 5 });
const timeoutMs = fc.constantFrom(0, 5, 30, 400);

const character: fc.Arbitrary<Character> = fc.record({
  limit: fc.integer({ min: 1, max: 3 }),
  whenFull: fc.constantFrom("reject", "wait"),
  policy: fc.constantFrom("permanent", "transient", "never"),
  directive: fc.constantFrom("none", "none", "resume", "restart", "stop", "throws", "kills"),
  onStart: fc.constantFrom("none", "none", ...MOODS),
  onStop: fc.constantFrom("none", ...MOODS),
});

const message = { actor, act: fc.constantFrom(...ACTS), timeoutMs };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("spawn"), character: fc.nat({ max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("tell"), ...message }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("ask"), ...message }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("stop", "kill", "abortedAsk"), actor }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("advance"), ms: fc.constantFrom(1, 10, 60, 500) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("openGate", "turn", "turn") }) },
);

const scenario: fc.Arbitrary<Scenario> = fc.record({
  tracing: fc.boolean(),
  characters: fc.array(character, { minLength: 1, maxLength: 3 }),
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
});

describe("whatever actors go through", () => {
  it("the books balance, nothing is left, and whoever sent something learns what became of it", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        const stage = new Stage(drawn);

        await stage.play(drawn.steps);
      }),
      { numRuns: 300, interruptAfterTimeLimit: 20_000 },
    );
  });
});
