import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { defineKeyedActor } from "../../../src/index.ts";
import { passTimeUntil } from "../../_support/actor-system.ts";
import { settleTurns, until } from "../../_support/actor-waiting.ts";
import { type PlacedNode, PlacedWorld } from "../../_support/placed-world.ts";

const NODES = ["one", "two", "three"];
const KEYS = ["a", "b"];

const book = defineKeyedActor("book", {
  messages: {} as {
    add(id: string): number;
    note(id: string): void;
    pass(id: string, to: string): Promise<number>;
    all(): readonly string[];
  },
  state: () => ({ ids: [] as string[] }),
  idleMs: 20,
  handlers: {
    add: (c, id) => c.state.ids.push(id),
    note: (c, id) => void c.state.ids.push(id),
    async pass(c, id, to) {
      await Promise.resolve();
      return c.system.get(plain, to).ask.add(id);
    },
    all: (c) => c.state.ids,
  },
});
const plain = defineKeyedActor("plain", {
  messages: {} as { add(id: string): number; all(): readonly string[] },
  state: () => ({ ids: [] as string[] }),
  idleMs: 20,
  handlers: { add: (c, id) => c.state.ids.push(id), all: (c) => c.state.ids },
});

/** One thing that happens: a message from a process, or a key that is put elsewhere, or time that passes. */
type Step =
  | { readonly what: "add" | "note" | "pass"; readonly from: number; readonly key: number }
  | { readonly what: "stop" | "fence" | "sleep"; readonly to: number; readonly key: number }
  | { readonly what: "turns" | "time"; readonly count: number };

const index = fc.nat({ max: 2 });
const key = fc.nat({ max: 1 });

function steps(moves: readonly ("stop" | "fence" | "sleep")[]): fc.Arbitrary<readonly Step[]> {
  const message = fc.record({ what: fc.constantFrom("add", "note", "pass"), from: index, key });
  const move = fc.record({ what: fc.constantFrom(...moves), to: index, key });
  const pause = fc.record({ what: fc.constantFrom("turns", "time"), count: fc.nat({ max: 30 }) });
  return fc.array(
    fc.oneof(
      { arbitrary: message, weight: 4 },
      { arbitrary: move, weight: 2 },
      pause,
    ) as fc.Arbitrary<Step>,
    { maxLength: 40 },
  );
}

/** What was sent, and what has become of it. */
class Ledger {
  readonly sent: string[] = [];
  readonly acknowledged: string[] = [];
  readonly #pending: Promise<void>[] = [];

  next(): string {
    const id = String(this.sent.length + 1);
    this.sent.push(id);
    return id;
  }

  track(id: string, asked: Promise<unknown>): void {
    const settled = asked.then(
      () => void this.acknowledged.push(id),
      () => {},
    );
    this.#pending.push(settled);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }
}

function perform(world: PlacedWorld, ledger: Ledger, step: Step): Promise<void> | undefined {
  switch (step.what) {
    case "add":
    case "note":
    case "pass": {
      const ref = (world.nodes[step.from] as PlacedNode).system.get(book, KEYS[step.key] as string);
      const id = ledger.next();
      if (step.what === "note") ref.tell.note(id);
      else if (step.what === "add") ledger.track(id, ref.ask.add(id));
      else ledger.track(id, ref.ask.pass(id, `${step.key}`));
      return undefined;
    }
    case "stop":
    case "fence":
    case "sleep":
      move(world, step.what, { type: "book", keyText: KEYS[step.key] as string }, step.to);
      return undefined;
    case "turns":
      return settleTurns(step.count);
    case "time":
      return world.clock.advance(step.count);
  }
}

function move(
  world: PlacedWorld,
  what: "stop" | "fence" | "sleep",
  owner: { readonly type: string; readonly keyText: string },
  to: number,
): void {
  const target = world.nodes[to] as PlacedNode;
  const host = world.find(owner)?.node.host;
  world.choose = () => target;
  if (what === "stop") void host?.stop(owner, "drained", 60_000);
  else if (what === "fence") host?.fence(owner);
  else void target.system.get(book, owner.keyText).sleep();
}

/** Plays the steps, and returns everything that the actors have stored. */
async function play(ledger: Ledger, all: readonly Step[]): Promise<readonly string[]> {
  await using world = new PlacedWorld();
  world.open(NODES, { actors: [book, plain] });
  for (const step of all) await perform(world, ledger, step);
  await passTimeUntil(world.clock, ledger.settled());
  await settleTurns(20);
  await until(() => world.nodes.every(({ system }) => system.books().waiting === 0));
  const [node] = world.nodes;
  assert.ok(node !== undefined);
  const stored: string[] = [];
  for (const each of KEYS) stored.push(...(await node.system.get(book, each).ask.all()));
  for (const each of ["0", "1"]) stored.push(...(await node.system.get(plain, each).ask.all()));
  return stored;
}

describe("actors that move while messages are sent to them", () => {
  it("get each message once, when they end in order", async () => {
    await fc.assert(
      fc.asyncProperty(steps(["stop", "sleep"]), async (all) => {
        const ledger = new Ledger();

        const stored = await play(ledger, all);

        assert.deepEqual(stored.toSorted(), ledger.sent.toSorted());
      }),
      { numRuns: 50 },
    );
  });

  it("have stored what was acknowledged, and nothing twice, when they are fenced as well", async () => {
    await fc.assert(
      fc.asyncProperty(steps(["stop", "sleep", "fence"]), async (all) => {
        const ledger = new Ledger();

        const stored = await play(ledger, all);

        assert.equal(new Set(stored).size, stored.length, "nothing is applied twice");
        const lost = ledger.acknowledged.filter((id) => !stored.includes(id));
        assert.deepEqual(lost, []);
      }),
      { numRuns: 50 },
    );
  });
});
