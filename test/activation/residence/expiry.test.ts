import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  DUE_PREFIX,
  dueKey,
  metaKey,
  scheduleKey,
} from "../../../src/activation/records/record-keys.ts";
import { encodeSchedule } from "../../../src/activation/records/schedule-record.ts";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { defineKeyedActor } from "../../../src/index.ts";
import type {
  KeyPage,
  ListOptions,
  Loaded,
  LoadRequest,
} from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { settleTurns, until } from "../../_support/actor-waiting.ts";
import { allKeys, storeActor, storeSections } from "../../_support/stored-actors.ts";

const EXPIRY_MS = 60_000;

const cart = defineKeyedActor("cart", {
  state: () => ({ items: 0 }),
  expireAfterMs: EXPIRY_MS,
  idleMs: 1_000,
  handlers: {
    add(c) {
      c.state.items += 1;
      return c.state.items;
    },
    generation: (c) => c.generation,
    hold: (c, until: Promise<void>) => void c.keepAwake(until),
  },
});

/** A store whose loads can be made to wait. */
class SlowStore extends MemoryStore {
  gate: Promise<void> | undefined;

  override async load(request: LoadRequest): Promise<Loaded> {
    const loaded = await super.load(request);
    await this.gate;
    return loaded;
  }
}

/** A store whose due times are read late. */
class SlowDues extends MemoryStore {
  readonly #gate: Promise<void>;

  constructor(gate: Promise<void>) {
    super();
    this.#gate = gate;
  }

  override async listKeys(prefix: string, options?: ListOptions): Promise<KeyPage> {
    if (prefix === DUE_PREFIX) await this.#gate;
    return await super.listKeys(prefix, options);
  }
}

describe("an actor with `expireAfterMs`", () => {
  it("is removed that long after its last use, without being woken", async () => {
    const store = new MemoryStore();
    await using open = openManualSystem({ store });
    const alice = open.system.get(cart, "alice");
    await alice.ask.add();
    await open.clock.advance(1_000);
    await until(() => open.system.books().active === 0);

    await open.clock.advance(EXPIRY_MS - 1);
    await settleTurns();
    const before = (await allKeys(store)).length;
    await open.clock.advance(1);
    await settleTurns();
    const { started } = open.system.books();

    assert.equal(before, 3);
    assert.deepEqual(await allKeys(store), []);
    assert.equal(started, 1);
    assert.equal(await alice.ask.add(), 1, "a new actor");
    assert.equal(await alice.ask.generation(), 1);
  });

  it("is not removed when it was used since, nor while it is awake", async () => {
    const store = new MemoryStore();
    await using open = openManualSystem({ store });
    const alice = open.system.get(cart, "alice");
    await alice.ask.add();
    await open.clock.advance(EXPIRY_MS / 2);
    await alice.ask.add();
    await open.clock.advance(EXPIRY_MS / 2 + 2_000);
    await settleTurns();
    const used = (await allKeys(store)).length;
    const { promise, resolve } = Promise.withResolvers<void>();
    await alice.ask.hold(promise);
    await open.clock.advance(3 * EXPIRY_MS);
    await settleTurns();
    const awake = (await allKeys(store)).length;

    resolve();
    await until(() => open.system.books().levels["actor.task.active"] === undefined);

    assert.deepEqual([used, awake], [3, 3]);
    assert.equal(await alice.ask.add(), 3);
  });

  it("is removed after a kill, too, which writes nothing at its end", async () => {
    const store = new MemoryStore();
    await using open = openManualSystem({ store });
    const alice = open.system.get(cart, "alice");
    await alice.ask.add();
    await alice.ask.hold(new Promise(() => {}));
    await open.clock.advance(2 * EXPIRY_MS);
    await settleTurns();
    const awake = (await allKeys(store)).length;

    alice.kill();
    await settleTurns();
    await open.clock.advance(1);
    await settleTurns();

    assert.equal(awake, 3);
    assert.deepEqual(await allKeys(store), []);
  });

  it("is removed by the next process, also if its type is no longer defined", async () => {
    const store = new MemoryStore();
    const owner = await storeActor(store, "former", "alice", { expiresAtMs: 1 });
    await storeSections(store, owner);
    await using open = openManualSystem({ store });

    await open.clock.advance(1);
    await settleTurns(20);

    const left = (await allKeys(store)).filter((key) => !key.startsWith("g/"));
    assert.deepEqual(left, []);
    assert.equal(open.system.books().started, 0);
  });

  it("is woken instead by a schedule that became due while no process ran", async () => {
    let rung = 0;
    const alarm = defineKeyedActor("alarm", {
      expireAfterMs: EXPIRY_MS,
      handlers: {
        ring() {
          rung += 1;
        },
      },
    });
    const dues = new Deferred<void>();
    const store = new SlowDues(dues.promise);
    const owner = await storeActor(store, "alarm", "alice", { expiresAtMs: 1, schedules: 1 });
    const record = { message: "ring", args: [], dueAtMs: 1, attempts: 0, runs: [] };
    await store.put(scheduleKey(owner, "once"), encodeSchedule(record));
    await store.put(dueKey({ dueAtMs: 1, owner, id: "once" }), new Uint8Array());
    await using open = openManualSystem({ store, actors: [alarm] });

    await open.clock.advance(1);
    await settleTurns(20); // what is expired is looked at
    dues.resolve();
    await until(() => rung === 1);

    assert.ok((await allKeys(store)).includes(metaKey(owner)));
  });

  it("is either the old one or a new one for a message that comes while it is removed", async () => {
    const store = new SlowStore();
    await storeActor(store, "cart", "alice", { expiresAtMs: 1, generation: 7 });
    await using open = openManualSystem({ store });
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = promise;
    await open.clock.advance(1);
    await settleTurns(); // the removal has loaded, and waits

    const asked = open.system.get(cart, "alice").ask.generation();
    await settleTurns();
    resolve();

    assert.equal(await asked, 1, "the wake waited for the removal, and found nothing");
    await settleTurns();
    const keys = await allKeys(store);
    assert.equal(keys.filter((key) => key.startsWith("e/")).length, 1);
    assert.equal(keys.filter((key) => key.startsWith("m/")).length, 1);
  });

  it("is not removed when a message has woken it first", async () => {
    const store = new SlowStore();
    const expiresAtMs = 1;
    await storeActor(store, "cart", "alice", { expiresAtMs, generation: 7 });
    await store.put("s/cart/alice", Buffer.from('{"items":3}'));
    await using open = openManualSystem({ store });
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = promise;
    const asked = open.system.get(cart, "alice").ask.add();

    await open.clock.advance(1);
    await settleTurns();
    resolve();

    assert.equal(await asked, 4);
  });
});
