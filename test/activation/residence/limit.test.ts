import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireRuntime } from "../../../src/actor/system/create-runtime.ts";
import { type ActorSystem, defineKeyedActor } from "../../../src/index.ts";
import type { Loaded, LoadRequest } from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

/** A store that knows how many actors are in memory: loaded, and not ended. */
class ResidentStore extends MemoryStore {
  loads = 0;
  resident = 0;
  most = 0;

  override load(request: LoadRequest): Promise<Loaded> {
    this.loads += 1;
    this.resident += 1;
    this.most = Math.max(this.most, this.resident);
    return super.load(request);
  }

  /** Notices the ends of the actors of `system`. */
  watch(system: ActorSystem): void {
    requireRuntime(system).hooks.stopped.add(() => {
      this.resident -= 1;
    });
  }
}

const slept: string[] = [];

const counter = defineKeyedActor("counter", {
  state: () => ({ total: 0 }),
  handlers: {
    add(c, amount: number) {
      c.state.total += amount;
      return c.state.total;
    },
    wait: (_c, gate: Gate) => gate.opened,
  },
  onSleep: (c, reason) => void slept.push(`${c.key.join()} ${reason}`),
});

/** Named, since the type of `chain` cannot depend on itself. */
interface Link {
  readonly ask: { depth(left: number): Promise<number> };
}

/** Asks the actor of the next key, which asks the one after it. */
const chain = defineKeyedActor("chain", {
  messages: {} as { depth(left: number): number; wait(gate: Gate): void },
  handlers: {
    async depth(c, left): Promise<number> {
      if (left === 0) return 0;
      const next: Link = c.system.get(chain, String(left - 1));
      return 1 + (await next.ask.depth(left - 1));
    },
    wait: (_c, gate) => gate.opened,
  },
});

describe("a system with `maxResident`", () => {
  it("answers 1,000 keys with 10 in memory at a time, without a timer", async () => {
    const store = new ResidentStore();
    await using open = openManualSystem({ store, maxResident: 10 });
    store.watch(open.system);
    const refs = Array.from({ length: 1_000 }, (_, at) => open.system.get(counter, `key ${at}`));

    // The clock stands still: nothing that happens is due to a timer.
    const totals = await Promise.all(refs.map((ref) => ref.ask.add(1)));
    const again = await Promise.all(refs.map((ref) => ref.ask.add(1)));

    assert.ok(totals.every((total) => total === 1));
    assert.ok(again.every((total) => total === 2));
    assert.equal(store.most, 10);
    assert.equal(open.system.books().active, 10);
  });

  it("lets the residents go on meanwhile", async () => {
    const store = new ResidentStore();
    await using open = openManualSystem({ store, maxResident: 2 });
    const gate = new Gate();
    const [a, b, c] = ["a", "b", "c"].map((key) => open.system.get(counter, key));
    const busy = a!.ask.wait(gate);
    const other = b!.ask.wait(gate);
    const waiting = c!.ask.add(1);
    await settleTurns();

    const loads = store.loads;
    gate.open();
    await Promise.all([busy, other]);
    const answers = await Promise.all([a!.ask.add(1), b!.ask.add(1), waiting]);

    assert.equal(loads, 2);
    assert.deepEqual(answers, [1, 1, 1]);
  });

  it("puts the longest idle to sleep, with the reason `evicted`", async () => {
    await using open = openManualSystem({ maxResident: 2 });
    slept.length = 0;
    for (const key of ["a", "b", "a", "c"]) {
      await open.system.get(counter, key).ask.add(1);
      await open.clock.advance(1);
    }

    assert.deepEqual(slept, ["b evicted"]);
    const stopped = await open.telemetry.points("actor.stopped");
    const reasons = stopped.map(({ attributes }) => attributes["actor.stop.reason"]);
    assert.deepEqual(reasons, ["evicted"]);
  });

  it("admits keys in the order in which they came", async () => {
    await using open = openManualSystem({ maxResident: 1 });
    const gate = new Gate();
    const busy = open.system.get(counter, "busy").ask.wait(gate);
    await settleTurns();
    const order: string[] = [];
    const keys = Array.from({ length: 20 }, (_, at) => `key ${at}`);
    const asked = keys.map(async (key) => {
      await open.system.get(counter, key).ask.add(1);
      order.push(key);
    });

    gate.open();
    await Promise.all([busy, ...asked]);

    assert.deepEqual(order, keys);
  });

  it("gives the permit of the first that becomes idle to the first that waits", async () => {
    const store = new ResidentStore();
    await using open = openManualSystem({ store, maxResident: 2 });
    const gates = [new Gate(), new Gate()];
    const busy = gates.map((gate, at) => open.system.get(counter, `busy ${at}`).ask.wait(gate));
    const waiting = open.system.get(counter, "next").ask.add(1);
    await settleTurns();
    slept.length = 0;

    gates[1]?.open();
    await busy[1];

    assert.equal(await waiting, 1);
    assert.deepEqual(slept, ["busy 1 evicted"]);
    gates[0]?.open();
    await busy[0];
  });

  it("does not starve a key that waits, although the residents get message after message", async () => {
    await using open = openManualSystem({ maxResident: 1 });
    const hot = open.system.get(counter, "hot");
    await hot.ask.add(1);
    let answered = false;
    const waiting = open.system.get(counter, "cold").ask.add(1);
    void waiting.then(() => {
      answered = true;
    });

    let asks = 0;
    while (!answered && asks < 50) {
      await hot.ask.add(1);
      asks += 1;
    }

    assert.equal(await waiting, 1);
    assert.ok(asks <= 2, `${asks} messages came first`);
  });

  it("answers a chain of actors that wake each other, deeper than the limit, and says so", async () => {
    const store = new ResidentStore();
    await using open = openManualSystem({ store, maxResident: 4 });
    store.watch(open.system);

    const depth = await open.system.get(chain, "7").ask.depth(7);

    assert.equal(depth, 7);
    assert.equal(store.most, 8);
    const lines = open.telemetry.logs().filter(({ event }) => event === "actor.residents.exceeded");
    assert.ok(lines.length > 0);
    await settleTurns();
    assert.equal(open.system.books().active, 4, "those above the limit sleep again");
  });

  it("admits a key that waits when a resident asks it", async () => {
    await using open = openManualSystem({ maxResident: 1 });
    const gate = new Gate();
    const first = open.system.get(chain, "1").ask.wait(gate);
    await settleTurns();
    const waiting = open.system.get(chain, "0").ask.depth(0); // waits for room
    const nested = open.system.get(chain, "1").ask.depth(1); // asks "0"
    await settleTurns();

    gate.open();

    assert.deepEqual(await Promise.all([first, waiting, nested]), [undefined, 0, 1]);
  });

  it("refuses messages to further keys when `maxWaitingKeys` wait, and takes them again later", async () => {
    await using open = openManualSystem({ maxResident: 1, maxWaitingKeys: 2 });
    const gate = new Gate();
    const busy = open.system.get(counter, "busy").ask.wait(gate);
    await settleTurns();
    const waiting = ["a", "b"].map((key) => open.system.get(counter, key).ask.add(1));
    const last = open.system.get(counter, "c");

    const refused = await codeOf(last.ask.add(1));
    last.tell.add(1);
    const letters = open.system.deadLetters.recent().length;
    const toResident = open.system.get(counter, "busy").ask.add(5);
    gate.open();
    await busy;

    assert.equal(refused, "ERR_RESIDENT_LIMIT");
    assert.equal(letters, 2);
    assert.deepEqual(await Promise.all([...waiting, toResident]), [1, 1, 5]);
    assert.equal(await last.ask.add(1), 1);
  });

  it("forgets a key that is killed while it waits", async () => {
    await using open = openManualSystem({ maxResident: 1 });
    const gate = new Gate();
    const busy = open.system.get(counter, "busy").ask.wait(gate);
    await settleTurns();
    const killed = open.system.get(counter, "killed");
    const lost = codeOf(killed.ask.add(1));
    const waiting = open.system.get(counter, "next").ask.add(1);

    killed.kill();
    gate.open();

    assert.equal(await lost, "ERR_ACTOR_KILLED");
    assert.equal(await waiting, 1);
    await busy;
    assert.equal(await killed.ask.add(1), 1);
  });

  it("ends the waits at a shutdown, which does not take longer for them", async () => {
    const open = openManualSystem({ maxResident: 1 });
    const gate = new Gate();
    const busy = open.system.get(counter, "busy").ask.wait(gate);
    await settleTurns();
    const waiting = codeOf(open.system.get(counter, "next").ask.add(1));
    await settleTurns();

    const down = open.system.shutdown();
    const code = await waiting;
    gate.open();
    const { killed } = await down;

    assert.deepEqual([code, killed], ["ERR_START_FAILED", 0]);
    await busy;
    await open[Symbol.asyncDispose]();
  });

  it("refuses limits that are no limits", () => {
    for (const options of [
      { maxResident: 0 },
      { maxResident: Number.NaN },
      { maxWaitingKeys: -1 },
    ]) {
      assert.throws(() => openManualSystem(options), { code: "ERR_INVALID_OPTION" });
    }
  });
});

describe("a key whose start fails while others wait", () => {
  it("gives its permit back", async () => {
    const broken = defineKeyedActor("broken", {
      state: (): { total: number } => {
        throw new RangeError("no state");
      },
      handlers: { get: (c) => c.state.total },
    });
    await using open = openManualSystem({ maxResident: 1 });
    const failing = [0, 1, 2].map((at) => codeOf(open.system.get(broken, `${at}`).ask.get()));
    const waiting = open.system.get(counter, "a").ask.add(1);

    assert.deepEqual(await Promise.all(failing), Array(3).fill("ERR_START_FAILED"));
    assert.equal(await waiting, 1);
    await until(() => open.system.books().active === 1);
  });
});
