import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Residents } from "../../../src/activation/residence/residents.ts";

/** A key, and how often it was admitted. */
class Key {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** An activation of a key in a model of the residents. */
class Stay {
  readonly key: Key;
  admitted = false;
  ending = false;

  constructor(key: Key) {
    this.key = key;
  }
}

/** Residents with activations that are busy until the test lets them become idle. */
class World {
  readonly residents: Residents<Key, Stay>;
  readonly admitted: string[] = [];
  readonly evicted: string[] = [];
  readonly exceeded: number[] = [];
  readonly errors: unknown[] = [];
  /** Those that are idle, the longest first. */
  readonly #idle: Stay[] = [];

  constructor(maxResident: number, maxWaitingKeys = 1_000) {
    this.residents = new Residents<Key, Stay>(
      { maxResident, maxWaitingKeys },
      {
        evict: () => {
          const stay = this.#idle.shift();
          if (stay === undefined) return undefined;
          stay.ending = true;
          this.evicted.push(stay.key.name);
          return stay.key;
        },
        exceeded: (_key, size) => this.exceeded.push(size),
      },
    );
  }

  wake(name: string | Key, isNested = false): Stay {
    const stay = new Stay(typeof name === "string" ? new Key(name) : name);
    const waits = this.residents.admit(stay.key, stay, isNested);
    const note = (): void => {
      stay.admitted = true;
      this.admitted.push(stay.key.name);
    };
    if (waits === undefined) note();
    else void waits.then(note, (error: unknown) => this.errors.push(error));
    return stay;
  }

  idle(stay: Stay): void {
    this.#idle.push(stay);
    this.residents.idle();
  }

  end(stay: Stay): void {
    const at = this.#idle.indexOf(stay);
    if (at >= 0) this.#idle.splice(at, 1);
    this.residents.ending(stay.key);
    this.residents.ended(stay.key, stay);
  }
}

/** A run of random events. */
class Run {
  readonly world: World;
  readonly woken: string[] = [];
  readonly #max: number;
  readonly #stays = new Set<Stay>();

  constructor(max: number) {
    this.#max = max;
    this.world = new World(max);
  }

  async step(event: "wake" | "idle" | "end", at: number): Promise<void> {
    const awake = this.#awake();
    if (event === "wake") this.#wake();
    else if (awake.length > 0) this.#change(event, awake[at % awake.length] as Stay);
    await settle();
    assert.ok(this.world.residents.size <= this.#max);
  }

  async finishAll(): Promise<void> {
    for (let [next] = this.#awake(); next !== undefined; [next] = this.#awake()) {
      this.#change("end", next);
      await settle();
    }
  }

  #awake(): Stay[] {
    return [...this.#stays].filter(({ admitted }) => admitted);
  }

  #wake(): void {
    const name = `key ${this.woken.length}`;
    this.woken.push(name);
    this.#stays.add(this.world.wake(name));
  }

  #change(event: "idle" | "end", stay: Stay): void {
    if (event === "idle") {
      if (!stay.ending) this.world.idle(stay);
      return;
    }
    this.#stays.delete(stay);
    this.world.end(stay);
  }
}

async function settle(): Promise<void> {
  for (let hop = 0; hop < 5; hop += 1) await Promise.resolve();
}

describe("a limit of residents", () => {
  it("admits keys up to the limit at once, and further ones in order as others leave", async () => {
    const world = new World(2);
    const [a, b] = [world.wake("a"), world.wake("b")];
    world.wake("c");
    world.wake("d");

    const atOnce = [...world.admitted];
    world.end(b);
    world.end(a);
    await settle();

    assert.deepEqual(atOnce, ["a", "b"]);
    assert.deepEqual(world.admitted, ["a", "b", "c", "d"]);
    assert.deepEqual([world.residents.size, world.residents.waiting], [2, 0]);
  });

  it("puts the longest idle to sleep as soon as a key waits, and no more than needed", () => {
    const world = new World(3);
    const stays = ["a", "b", "c"].map((name) => world.wake(name));
    for (const stay of stays) world.idle(stay);
    const before = [...world.evicted];

    world.wake("d");
    const one = [...world.evicted];
    world.wake("e");

    assert.deepEqual([before, one, world.evicted], [[], ["a"], ["a", "b"]]);
  });

  it("puts a resident to sleep that becomes idle while a key waits", () => {
    const world = new World(1);
    const a = world.wake("a");
    world.wake("b");

    const before = [...world.evicted];
    world.idle(a);

    assert.deepEqual([before, world.evicted], [[], ["a"]]);
  });

  it("does not evict for a key that waits if a resident leaves anyway", () => {
    const world = new World(2);
    const [a, b] = [world.wake("a"), world.wake("b")];
    world.residents.ending(a.key);

    world.idle(b);
    world.wake("c");

    assert.deepEqual(world.evicted, []);
  });

  it("passes the permit of a key to its next activation, unless another key waits for it", async () => {
    const world = new World(1);
    const a = world.wake("a");
    world.residents.ending(a.key);
    const again = world.wake(a.key);
    const passed = again.admitted;
    world.end(a);
    const held = world.residents.size;

    world.wake("b");
    world.idle(again);
    const third = world.wake(a.key); // a message while it is evicted
    const waits = !third.admitted;
    world.end(again);
    await settle();

    assert.deepEqual([passed, held, waits], [true, 1, true]);
    assert.deepEqual(world.admitted, ["a", "a", "b"]);
  });

  it("admits what a resident wakes above the limit, up to twice, and then goes back to it", async () => {
    const world = new World(2);
    const [a, b] = [world.wake("a"), world.wake("b")];

    const nested = ["c", "d", "e"].map((name) => world.wake(name, true));
    const above = nested.map(({ admitted }) => admitted);
    world.idle(nested[0] as Stay);
    world.idle(nested[1] as Stay);
    for (const stay of [nested[0], nested[1], a]) world.end(stay as Stay);
    await settle();
    world.idle(b);

    assert.deepEqual(above, [true, true, false]);
    assert.deepEqual(world.exceeded, [3, 4]);
    assert.deepEqual(world.evicted, ["c", "d"]);
    assert.equal(nested[2]?.admitted, true);
    assert.equal(world.residents.size, 2);
  });

  it("admits a key that waits when a resident waits for it", async () => {
    const world = new World(1);
    world.wake("a");
    const b = world.wake("b");

    world.residents.hasten(b);
    await settle();

    assert.equal(b.admitted, true);
    assert.deepEqual(world.exceeded, [2]);
  });

  it("refuses further keys when too many wait, but not those in memory", () => {
    const world = new World(1, 2);
    const a = world.wake("a");
    world.wake("b");
    const before = world.residents.refuses(new Key("c"), false);
    world.wake("c");

    assert.equal(before, false);
    assert.equal(world.residents.refuses(new Key("d"), false), true);
    assert.equal(world.residents.refuses(new Key("d"), true), false);
    assert.equal(world.residents.refuses(a.key, false), false);
  });

  it("forgets an activation that ends while it waits", async () => {
    const world = new World(1);
    const a = world.wake("a");
    const b = world.wake("b");
    world.wake("c");

    world.end(b);
    world.end(a);
    await settle();

    assert.deepEqual([world.residents.size, world.residents.waiting], [1, 0]);
    assert.deepEqual(
      world.admitted.filter((name) => name !== "b"),
      ["a", "c"],
    );
  });

  it("ends the waits at a shutdown, after which work in flight wakes what it needs", async () => {
    const world = new World(1);
    const a = world.wake("a");
    world.wake("b");
    const error = new Error("closing");

    world.residents.close(error);
    const late = world.wake("c", true);
    await settle();

    assert.deepEqual(world.errors, [error]);
    assert.equal(late.admitted, true);
    world.end(a);
    world.end(late);
    assert.equal(world.residents.size, 0);
  });

  it("is kept in any order of events, admits in order, and admits all in the end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(fc.constantFrom("wake", "idle", "end"), fc.nat(20)), { maxLength: 80 }),
        async (max, events) => {
          const run = new Run(max);
          for (const [event, at] of events) await run.step(event, at);
          await run.finishAll();
          assert.deepEqual(run.world.admitted, run.woken);
          assert.deepEqual([run.world.residents.size, run.world.residents.waiting], [0, 0]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
