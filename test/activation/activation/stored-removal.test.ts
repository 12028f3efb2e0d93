import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { removeStored } from "../../../src/activation/activation/stored-removal.ts";
import { metaKey, ownerOf } from "../../../src/activation/records/record-keys.ts";
import { defineKeyedActor, queue } from "../../../src/index.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { Gate, settleTurns } from "../../_support/actor-waiting.ts";
import { openKeyed } from "../../_support/keyed.ts";
import {
  actorOperations,
  allKeys,
  storeActor,
  storeSections,
} from "../../_support/stored-actors.ts";

describe("the removal of a sleeping actor", () => {
  it("leaves nothing of it but the note of its database file, and everything of others", async () => {
    const store = new MemoryStore();
    const owner = await storeActor(store, "cart", "alice", { expiresAtMs: 9_000 });
    await storeSections(store, owner);
    const other = await storeActor(store, "cart", "alice2", { expiresAtMs: 9_000 });
    await storeSections(store, other);
    const others = (await allKeys(store)).filter((key) => key.includes("alice2"));

    const removal = await removeStored(store, owner);

    assert.deepEqual(removal, { files: ["cart/first.sqlite"] });
    const left = (await allKeys(store)).filter((key) => !key.startsWith("g/"));
    assert.deepEqual(left, others);
    assert.deepEqual(
      (await allKeys(store)).filter((key) => key.startsWith("g/")),
      ["g/cart/first.sqlite"],
    );
  });

  it("does nothing for a key without an actor", async () => {
    const store = new MemoryStore();

    assert.equal(await removeStored(store, ownerOf("cart", "bob")), undefined);
    assert.deepEqual(await allKeys(store), []);
  });

  it("removes an actor with more schedules than fit into one batch", async () => {
    const store = new MemoryStore();
    const owner = await storeActor(store, "cart", "alice");
    await storeSections(store, owner, 12_000);

    await removeStored(store, owner);

    assert.deepEqual(await allKeys(store), ["g/cart/first.sqlite"]);
  });

  it("removes the due time of its queues, also of one whose messages are all held back", async () => {
    const gate = new Gate();
    const jobs = defineKeyedActor("jobs", {
      queues: { work: queue<number>() },
      handlers: { ping: () => "pong" },
      async run(c) {
        for await (const message of c.queue.work) {
          if (message.body < 0) message.retry({ delayMs: 60_000 });
          else await gate.opened;
        }
      },
      idleMs: 1_000,
      taskDeadlineMs: 1,
    });
    for (const bodies of [[-1], [-1, -2], [1, 2]]) {
      await using open = openKeyed();
      const ref = open.system.get(jobs, "a");
      for (const body of bodies) await ref.queue.work.send(body);
      await ref.ask.ping();
      await settleTurns(20);
      const asleep = ref.sleep();
      await open.clock.advance(5_000);
      await asleep;
      const keys = await open.store.allKeys();
      assert.equal(keys.filter((key) => key.startsWith("d/")).length, 1, JSON.stringify(keys));

      assert.equal((await removeStored(open.store, ownerOf("jobs", "a"))) !== undefined, true);

      assert.deepEqual(await open.store.allKeys(), []);
    }
    gate.open();
  });

  it("reads again when the actor was written meanwhile, and removes what it has then", async () => {
    const store = new MemoryStore();
    const owner = await storeActor(store, "cart", "alice", { expiresAtMs: 9_000 });
    let writes = 1;
    const racing = new Proxy(store, {
      get(target, name: keyof MemoryStore) {
        if (name !== "batch") return (target[name] as () => unknown).bind(target);
        return async (...args: Parameters<MemoryStore["batch"]>) => {
          if (writes-- > 0) await target.batch(actorOperations(owner, { expiresAtMs: 12_000 }));
          return target.batch(...args);
        };
      },
    });

    await removeStored(racing, owner);

    // The first expiry was replaced by a writer that did not remove it; no batch of limelight does so.
    assert.deepEqual(await allKeys(store), ["e/0000000000009000/cart/alice"]);
  });

  it("removes an actor whose record is damaged", async () => {
    const store = new MemoryStore();
    const owner = await storeActor(store, "cart", "alice");
    await store.put(metaKey(owner), Buffer.from("{"));

    assert.deepEqual(await removeStored(store, owner), { files: [] });
    assert.deepEqual(await allKeys(store), []);
  });
});
