import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect } from "@nats-io/transport-node";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import type { Delivery } from "../../src/cluster/engine/log.ts";
import { examineNats, permissionsFor } from "../../src/cluster/nats-doctor/examine-nats.ts";
import { Severity } from "../../src/cluster/nats-doctor/finding.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { NatsSessions, soon } from "../_support/nats-sessions.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const REQUEST = { timeoutMs: 10_000 };

/** Uses each part of a session once. */
async function useAll({ placements, leases, commands, bus, store }: EngineSession): Promise<void> {
  const keys: string[] = [];
  const watch = await placements.watch("a", {
    changed: ({ key }) => keys.push(key),
    removed: () => {},
    current: () => {},
  });
  const revision = await placements.put("a.b", bytes("1"));
  await placements.put("a.b", bytes("2"), { expectedRevision: revision });
  assert.equal((await placements.list("a")).length, 1);
  await soon("told", () => keys[1]);
  watch.stop();
  await placements.remove("a.b");
  await leases.put("r", bytes("1"));
  const deliveries: Delivery[] = [];
  const consumption = await commands.consume({
    name: "r",
    filter: "r",
    maxInFlight: 4,
    ackWaitMs: 30_000,
    deliver: (delivery) => deliveries.push(delivery),
  });
  await commands.append({ id: "1", subject: "r.a", headers: {}, body: bytes("1") });
  await (await soon("delivered", () => deliveries[0])).ack();
  await commands.purge("r");
  await consumption.delete();
  const listening = bus.subscribe("call", ({ replyTo }) => {
    for (const part of ["1", "2", "3"]) {
      bus.publish(replyTo ?? "none", { headers: {}, body: bytes(part) });
    }
  });
  const reply = await bus.request("call", { headers: {}, body: bytes("x") }, REQUEST);
  assert.equal(Buffer.from(reply.body).toString(), "1");
  listening.stop();
  await store.put("some/key", bytes("1"));
  assert.equal((await store.listKeys("some/")).keys.length, 1);
}

describe("permissions of nodes", () => {
  for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
    it(`are enough on ${version}, and no more than that`, async () => {
      const options = { servers: "127.0.0.1", namespace: "shop", inboxPrefix: "_INBOX_node1" };
      const user = `{ user: "node1", password: "secret", ${permissionsFor(options)} }`;
      await using server = await NatsServer.start({
        version,
        config: `authorization { users: [ ${user} ] }`,
      });
      const login = { ...options, servers: server.address, user: "node1", password: "secret" };
      await using sessions = new NatsSessions(login);

      await useAll(await sessions.open());

      const problems = (await examineNats(login)).filter(
        ({ severity }) => severity === Severity.Problem,
      );
      assert.deepEqual(problems, []);
      assert.deepEqual(
        sessions.faults.map(({ text }) => text),
        [],
      );
      const denied = { name: "ClusterError", code: "ERR_ENGINE_UNAVAILABLE" };
      await assert.rejects(sessions.open({ namespace: "other" }), denied);
      await assert.rejects(
        sessions.open({ inboxPrefix: "_INBOX_node2", requestTimeoutMs: 500 }),
        denied,
      );
    });
  }
});

describe("messages of a hostile peer", () => {
  it("make no node publish to a subject of their choice", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: server.address });
    const { bus } = await sessions.open();
    const replies: (string | undefined)[] = [];
    bus.subscribe("call", ({ replyTo }) => replies.push(replyTo));
    const peer = await connect({ servers: server.address });

    for (const reply of [
      "$JS.API.STREAM.DELETE.LL_limelight_CMD",
      "ll.limelight.bus.call",
      "_INBOX",
      "_INBOXx",
      "_INBOX.a.>",
      "_INBOX.ok",
    ]) {
      peer.publish("ll.limelight.bus.call", "x", { reply });
    }

    await soon("received", () => replies[5]);
    assert.deepEqual(
      replies.slice(0, 5),
      Array.from({ length: 5 }, () => undefined),
    );
    await peer.close();
  });

  it("bring no headers of the server with them, and none can be sent", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: server.address });
    const { bus, commands } = await sessions.open();
    const message = { id: "1", subject: "r.a", body: bytes("x") };
    const refused = { name: "UsageError", code: "ERR_INVALID_NAME" };

    for (const name of ["Nats-Rollup", "nats-msg-id", "Nats-Expected-Stream", "Nats-Trace-Dest"]) {
      const headers = { [name]: "all" };
      await assert.rejects(commands.append({ ...message, headers }), refused);
      await assert.rejects(bus.request("x", { headers, body: bytes("x") }, REQUEST), refused);
      assert.throws(() => bus.publish("x", { headers, body: bytes("x") }), refused);
    }

    await commands.append({ ...message, headers: { "Ll-A": "1" } });
    const [stored] = await commands.read({ filter: "r", limit: 1 });
    assert.deepEqual({ ...stored?.headers }, { "Ll-A": "1" });
  });
});
