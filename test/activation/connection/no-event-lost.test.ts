import { describe, it } from "node:test";
import fc from "fast-check";
import { CLIENTS, EventModel, type Step } from "../../_support/event-model.ts";

const client = fc.nat({ max: CLIENTS.length - 1 });
const audience = fc.oneof(
  { weight: 3, arbitrary: fc.constant("all" as const) },
  { weight: 1, arbitrary: client.map((except) => ({ except })) },
  { weight: 2, arbitrary: client.map((only) => ({ only })) },
);
const publish: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("publish" as const),
  event: fc.constantFrom("loud" as const, "quiet" as const),
  to: audience,
  changes: fc.boolean(),
  times: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 1, arbitrary: fc.constant(300) },
  ),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: publish },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom("connect" as const, "connect" as const, "cut" as const),
      client,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("block" as const, "unblock" as const), client }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("sleep" as const, "crash" as const, "restart" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("destroy" as const, "lose" as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("hold" as const, "release" as const) }),
  },
);

describe("regardless of what happens to an actor, its clients and its store", () => {
  for (const save of ["before_reply", "interval"] as const) {
    it(`no event is lost unnoticed, comes twice or out of order (save: ${save})`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
          await new EventModel(save).run(steps);
        }),
        { numRuns: 200 },
      );
    });
  }
});
