import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, defineKeyedActor } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { freshNamespace, NatsWorld } from "../../_support/nats-world.ts";

const account = defineKeyedActor("account", {
  state: () => ({ entries: [] as string[] }),
  handlers: {
    add(c, entry: string) {
      c.state.entries.push(entry);
      return c.state.entries.length;
    },
    entries: (c) => c.state.entries,
  },
});

/** A process that takes no care of others: without a cluster, only the store tells owners apart. */
async function openProcess(server: NatsServer, namespace: string) {
  const world = await NatsWorld.open(server, { namespace });
  const { systemOptions } = inMemoryTelemetry();
  const system = createSystem({ ...systemOptions, actors: [account], store: world.store });
  return {
    alice: system.get(account, "alice"),
    async [Symbol.asyncDispose]() {
      await system.shutdown();
      expectBooks(system);
      await world[Symbol.asyncDispose]();
    },
  };
}

describe("two processes that have the same actor awake, on NATS", () => {
  it("never both store: the one that was overtaken is refused, and reads again", async () => {
    await using server = await NatsServer.start();
    const namespace = freshNamespace();
    await using one = await openProcess(server, namespace);
    await using other = await openProcess(server, namespace);

    assert.equal(await one.alice.ask.add("one/1"), 1);
    assert.equal(await other.alice.ask.add("other/1"), 2);
    await assert.rejects(one.alice.ask.add("one/2"), { code: "ERR_STATE_CONFLICT" });
    assert.equal(await one.alice.ask.add("one/3"), 3);
    await assert.rejects(other.alice.ask.add("other/2"), { code: "ERR_STATE_CONFLICT" });

    assert.deepEqual(await other.alice.ask.entries(), ["one/1", "other/1", "one/3"]);
  });

  it("lose nothing that was acknowledged, and store nothing twice, when both go on and on", async () => {
    await using server = await NatsServer.start();
    const namespace = freshNamespace();
    await using one = await openProcess(server, namespace);
    await using other = await openProcess(server, namespace);
    const acknowledged: string[] = [];
    const refused: string[] = [];
    const run = async (name: string, { alice }: typeof one): Promise<void> => {
      for (let at = 0; at < 40; at += 1) {
        const entry = `${name}/${at}`;
        try {
          await alice.ask.add(entry);
          acknowledged.push(entry);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "ERR_STATE_CONFLICT");
          refused.push(entry);
        }
      }
    };

    await Promise.all([run("one", one), run("other", other)]);

    await using third = await openProcess(server, namespace);
    const entries = await third.alice.ask.entries();
    assert.deepEqual(entries.toSorted(), acknowledged.toSorted());
    assert.equal(acknowledged.length + refused.length, 80);
  });
});
