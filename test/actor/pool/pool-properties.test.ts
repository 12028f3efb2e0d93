import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import {
  type ActorContext,
  createSystem,
  defineActor,
  type PoolRef,
  PoolRoute,
  type WhenFull,
} from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { expectBooks, ManualClock } from "../../../src/testing.ts";
import { expectClosedBooks, shutDownBy } from "../../_support/actor-system.ts";
import { Gate, settleTurns } from "../../_support/actor-waiting.ts";

/** What is done to a pool, or to the worker at a place of it. */
type Step =
  | { readonly do: "tell" | "ask"; readonly act: Act }
  | { readonly do: "kill" | "stop"; readonly place: number }
  | { readonly do: "openGate" | "turn" | "broadcast" };
type Act = "note" | "hold" | "leave" | "fail";

const act = fc.constantFrom<Act>("note", "note", "hold", "leave", "fail");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("tell", "ask"), act }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("kill", "stop"), place: fc.nat({ max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("openGate", "turn", "broadcast") }) },
);

const scenario = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  limit: fc.integer({ min: 1, max: 3 }),
  whenFull: fc.constantFrom("reject", "wait"),
  policy: fc.constantFrom("permanent", "never"),
  route: fc.constantFrom(...Object.values(PoolRoute)),
  steps: fc.array(step, { maxLength: 40 }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

/** A pool whose messages carry numbers, and what became of each. */
class Stage {
  readonly #clock = new ManualClock();
  readonly #system = createSystem({
    clock: this.#clock,
    logger: createLogger({ level: "silent" }),
  });
  readonly #size: number;
  readonly #pool: PoolRef<Messages, WhenFull>;
  /** Orders of the messages whose handlers were entered, and of those that were lost. */
  readonly #entered: number[] = [];
  readonly #lost: unknown[] = [];
  readonly #settled: Promise<unknown>[] = [];
  #gate = new Gate();
  #orders = 0;
  #refused = 0;

  constructor({ size, limit, whenFull, policy, route }: Scenario) {
    this.#size = size;
    this.#system.deadLetters.subscribe(({ args }) => this.#lost.push(args[1]));
    const worker = defineActor("worker", {
      mailbox: { limit, whenFull },
      restart: { policy },
      handlers: { act: (c, act: Act, order: number) => this.#act(c, act, order) },
    });
    this.#pool = this.#system.spawnPool(worker, { size, route });
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const taken of steps) {
      await this.#take(taken);
      expectBooks(this.#system);
      assert.ok(this.#pool.refs.length <= this.#size);
    }
    this.#gate.open();
    await shutDownBy(this.#clock, this.#system);
    expectClosedBooks(this.#system);
    await Promise.all(this.#settled);
    const seen = [...this.#entered, ...this.#lost].filter((order) => order !== 0);
    assert.equal(new Set(seen).size, seen.length, "a message was doubled");
    assert.equal(seen.length + this.#refused, this.#orders, "a message was lost");
    assert.equal(this.#clock.pendingTimers, 0);
  }

  async #take(taken: Step): Promise<void> {
    switch (taken.do) {
      case "tell":
      case "ask":
        this.#send(taken.do, taken.act);
        return;
      case "kill":
        this.#pool.refs[taken.place]?.kill();
        return;
      case "stop":
        this.#settled.push(Promise.resolve(this.#pool.refs[taken.place]?.stop()));
        return;
      case "broadcast":
        this.#settled.push(this.#pool.broadcast.ask.act("note", 0));
        return;
      case "openGate":
        this.#gate.open();
        this.#gate = new Gate();
        return;
      case "turn":
        return settleTurns(1);
    }
  }

  #send(kind: "ask" | "tell", act: Act): void {
    this.#orders += 1;
    const onError = (error: { readonly code?: string }): void => {
      if (error.code === "ERR_MAILBOX_FULL") this.#refused += 1;
    };
    try {
      const sent: unknown = this.#pool[kind].act(act, this.#orders);
      this.#settled.push(Promise.resolve(sent).catch(onError));
    } catch (error) {
      onError(error as { readonly code?: string });
    }
  }

  #act(c: ActorContext<undefined>, act: Act, order: number): unknown {
    this.#entered.push(order);
    if (act === "fail") throw new Error("no");
    if (act === "leave") c.stop();
    return act === "hold" ? this.#gate.opened : order;
  }
}

interface Messages {
  act(c: never, act: Act, order: number): unknown;
}

it("a pool neither loses nor doubles a message, regardless of what happens to its workers", async () => {
  const property = fc.asyncProperty(scenario, (played) => new Stage(played).play(played.steps));
  await fc.assert(property, { numRuns: 150 });
});
