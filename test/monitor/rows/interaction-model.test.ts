import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ActorRef, defineActor, type MonitoredSystem } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { edgesOf } from "../../_support/interactions.ts";

/** A message along a path of actors: the first one sends it on to the second, and so on. */
interface Step {
  readonly way: "tell" | "ask" | "late" | "forward";
  readonly to: number;
}

interface Courier {
  pass(path: readonly Step[]): unknown;
}

const TYPES = ["red", "green", "blue"] as const;

/** The actors, by number. */
let refs: readonly ActorRef<{ pass(c: unknown, path: readonly Step[]): unknown }>[] = [];

const definitions = TYPES.map((type) =>
  defineActor(type, {
    messages: {} as Courier,
    handlers: {
      async pass(c, path) {
        const [step, ...rest] = path;
        const to = step === undefined ? undefined : refs[step.to];
        if (step === undefined || to === undefined) return undefined;
        if (step.way === "forward") return c.forward(to).pass(rest);
        if (step.way === "late") await settleTurns(1);
        // An actor that waits for itself would never go on.
        if (step.way === "ask" && to.id !== c.id) {
          // Actors that ask each other wait until the time is over.
          await to
            .with({ timeoutMs: 1 })
            .ask.pass([])
            .catch(() => {});
        } else to.tell.pass(rest);
        return undefined;
      },
    },
  }),
);

/** Counts what each path sends. */
function expected(paths: readonly (readonly Step[])[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const path of paths) {
    let from = "(program)";
    let self = -1;
    for (const { way, to } of path) {
      const type = String(TYPES[to % TYPES.length]);
      counts[`${from}>${type}`] = (counts[`${from}>${type}`] ?? 0) + 1;
      const isAsk = way === "ask" && to !== self && self !== -1;
      [from, self] = [type, to];
      if (isAsk) break; // it is asked with an empty path
    }
  }
  return counts;
}

function sentOf(system: MonitoredSystem): Record<string, number> {
  return Object.fromEntries(Object.entries(edgesOf(system)).map(([name, [sent]]) => [name, sent]));
}

describe("the edges between types, for any messages", () => {
  it("have as many messages as were sent, each from its sender", async () => {
    const step = fc.record({
      way: fc.constantFrom<Step["way"]>("tell", "ask", "late", "forward"),
      to: fc.nat(5),
    });
    const paths = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(paths, async (chosen) => {
        await using open = openSystem();
        const { system } = open;
        refs = Array.from({ length: 6 }, (_, at) =>
          system.spawn(definitions[at % TYPES.length] as (typeof definitions)[0]),
        );

        for (const [first, ...rest] of chosen) {
          if (first !== undefined) refs[first.to]?.tell.pass(rest);
        }
        const sent = await quiet(system);

        assert.deepEqual(sentOf(system), expected(chosen));
        const sum = Object.values(sentOf(system)).reduce((total, each) => total + each, 0);
        assert.equal(sum, sent);
      }),
      { numRuns: 60 },
    );
  });
});

/** Waits until everything is handled. Returns how many messages were sent. */
async function quiet(system: MonitoredSystem): Promise<number> {
  for (;;) {
    const { sent, processing, waiting } = system.books();
    if (processing + waiting === 0) {
      await settleTurns(3);
      const after = system.books();
      if (after.sent === sent && after.processing + after.waiting === 0) return sent;
    }
    await settleTurns(1);
  }
}
