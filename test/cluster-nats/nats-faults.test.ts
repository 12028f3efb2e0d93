import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect } from "@nats-io/transport-node";
import { systemClock } from "../../src/base/clock.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import { type KeyValue, NO_ENTRY } from "../../src/cluster/engine/key-value.ts";
import type { Delivery } from "../../src/cluster/engine/log.ts";
import { resolveWrite } from "../../src/cluster/engine/resolve-write.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { NatsSessions, soon } from "../_support/nats-sessions.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (value: Uint8Array): string => new TextDecoder().decode(value);
const VERSIONS = [StackVersion.nats, StackVersion.oldNats] as const;
const LONG_MS = 60_000;

function code(value: string): { readonly name: string; readonly code: string } {
  return { name: "ClusterError", code: value };
}

/** Waits for the connection to be as wanted. */
async function connected({ connection }: EngineSession, isConnected: boolean): Promise<void> {
  const what = isConnected ? "connected" : "disconnected";
  await soon(what, () => connection.isConnected === isConnected || undefined);
}

async function textAt(keyValue: KeyValue, key: string): Promise<string | undefined> {
  const entry = await keyValue.read(key);
  return entry && textOf(entry.value);
}

/** Writes down what a watch tells. */
class Notes {
  readonly lines: string[] = [];
  changed = ({ key, value }: { key: string; value: Uint8Array }): void => {
    this.lines.push(`${key}=${textOf(value)}`);
  };
  removed = (key: string): void => {
    this.lines.push(`${key} removed`);
  };
  current = (): void => {
    this.lines.push("current");
  };
}

describe("a NATS server that is paused", () => {
  it("leaves writes unknown, which happen when it goes on, and are resolved", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: server.address, requestTimeoutMs: 200 });
    const { placements, commands } = await sessions.open();
    const revision = await placements.put("a", bytes("0"));
    const message = { id: "a:1:c:1", subject: "r.a", headers: {}, body: bytes("x") };

    server.pause();
    const unknown = code("ERR_ENGINE_UNKNOWN_OUTCOME");
    await assert.rejects(placements.put("b", bytes("1")), unknown);
    await assert.rejects(commands.append(message), unknown);
    await assert.rejects(placements.read("a"), code("ERR_ENGINE_UNAVAILABLE"));
    const write = { key: "a", value: bytes("1"), expectedRevision: revision };
    const resolver = { clock: systemClock, luck: Math.random, deadlineMs: LONG_MS };
    const resolved = resolveWrite(placements, write, resolver);
    server.resume();

    assert.ok((await resolved) > revision);
    assert.equal(await textAt(placements, "a"), "1");
    await soon("written", async () => (await textAt(placements, "b")) === "1" || undefined);
    assert.equal((await commands.append(message)).isDuplicate, true);
  });

  it("is noticed, and nothing is sent or buffered until it is back", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: server.address, requestTimeoutMs: LONG_MS });
    const session = await sessions.open();
    const changes: boolean[] = [];
    session.connection.onChange((isConnected) => changes.push(isConnected));

    server.pause();
    const pending = assert.rejects(
      session.placements.put("a", bytes("1")),
      code("ERR_ENGINE_UNKNOWN_OUTCOME"),
    );
    await connected(session, false);
    await pending;
    const refused = code("ERR_ENGINE_UNAVAILABLE");
    await assert.rejects(session.placements.put("b", bytes("1")), refused);
    assert.equal(session.bus.publish("x", { headers: {}, body: bytes("x") }), false);

    server.resume();
    await connected(session, true);
    assert.equal(await session.placements.read("b"), undefined);
    await session.placements.put("c", bytes("1"));
    assert.deepEqual(changes, [false, true]);
  });

  it("does not let more be buffered than may be", async () => {
    await using server = await NatsServer.start();
    const maxOutboundBytes = 1024 * 1024;
    await using sessions = new NatsSessions({ servers: server.address, maxOutboundBytes });
    const { bus } = await sessions.open();
    const message = { headers: {}, body: new Uint8Array(64 * 1024) };

    server.pause();
    let sent = 0;
    while (bus.publish("x", message)) sent += 1;
    assert.ok(sent > 10 && sent <= 16, `${sent} messages were taken`);
    const request = bus.request("x", message, { timeoutMs: LONG_MS });
    await assert.rejects(request, code("ERR_ENGINE_UNAVAILABLE"));

    server.resume();
    await soon("sent", () => bus.publish("x", message) || undefined);
  });
});

describe("a NATS server that is killed", () => {
  for (const version of VERSIONS) {
    it(`keeps what it has acknowledged, and sessions come back (${version})`, async () => {
      await using server = await NatsServer.start({ version });
      await using sessions = new NatsSessions({ servers: server.address });
      const session = await sessions.open();
      const { placements, commands } = session;
      const message = { id: "a:1:c:1", subject: "r.a", headers: {}, body: bytes("x") };
      await placements.put("a", bytes("1"));
      await placements.put("a", bytes("2"));
      await commands.append(message);

      await server.kill();
      await connected(session, false);
      await assert.rejects(placements.read("a"), code("ERR_ENGINE_UNAVAILABLE"));
      await server.startAgain();
      await connected(session, true);

      assert.equal(await textAt(placements, "a"), "2");
      assert.deepEqual((await commands.append(message)).isDuplicate, true);
      assert.equal((await commands.read({ filter: "r", limit: 10 })).length, 1);
    });

    it(`never gives a revision twice, also if nothing is left (${version})`, async () => {
      await using server = await NatsServer.start({ version });
      await using sessions = new NatsSessions({ servers: server.address });
      const session = await sessions.open({}, 300);
      const { leases } = session;
      const before = await leases.put("a", bytes("1"));
      await soon("expired", async () => (await leases.read("a")) === undefined || undefined);

      await server.kill();
      await server.startAgain();
      await connected(session, true);
      const after = await leases.put("a", bytes("2"), { expectedRevision: NO_ENTRY });

      assert.ok(after > before, `${after} after ${before}`);
    });
  }

  it("lets a watch begin anew, which tells what has changed and vanished meanwhile", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: server.address });
    const [session, other] = [await sessions.open(), await sessions.open({}, 1_500)];
    await session.placements.put("a.same", bytes("1"));
    await session.placements.put("a.changed", bytes("1"));
    await session.placements.put("a.gone", bytes("1"));
    const notes = new Notes();
    await session.placements.watch("a", notes);
    const before = notes.lines.length;

    await server.kill();
    await connected(session, false);
    await connected(other, false);
    await server.startAgain();
    await connected(other, true);
    // Whether the watch sees these as changes or as what is there, it tells them once.
    await other.placements.put("a.changed", bytes("2"));
    await other.placements.remove("a.gone");
    await connected(session, true);
    await soon("current again", () => notes.lines.indexOf("current", before) > 0 || undefined);
    await soon("told", () => notes.lines.includes("a.gone removed") || undefined);

    const told = notes.lines.slice(before).filter((line) => line !== "current");
    assert.deepEqual(told.sort(), ["a.changed=2", "a.gone removed"]);
  });

  it("delivers again what was not answered, and goes on", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: server.address });
    const session = await sessions.open();
    const { commands } = session;
    const deliveries: Delivery[] = [];
    const append = (text: string) =>
      commands.append({ id: text, subject: "r.a", headers: {}, body: bytes(text) });
    const consumption = await commands.consume({
      name: "r",
      filter: "r",
      maxInFlight: 16,
      ackWaitMs: LONG_MS,
      deliver: (delivery) => deliveries.push(delivery),
    });
    await append("1");
    await append("2");
    await soon("delivered", () => deliveries[1]);
    await deliveries[0]?.ack();

    await server.kill();
    await connected(session, false);
    const late = deliveries[1]?.ack() ?? Promise.resolve();
    await assert.rejects(late, code("ERR_ENGINE_UNAVAILABLE"));
    await server.startAgain();
    await connected(session, true);
    await consumption.replay();
    await append("3");

    // A consumer may have lost with the server what it had delivered: "2" may come before the replay, too.
    const texts = (): readonly string[] => deliveries.slice(2).map(({ body }) => textOf(body));
    await soon("delivered", () => texts().includes("3") || undefined);
    assert.deepEqual([...new Set(texts())], ["2", "3"]);
    await Promise.allSettled(deliveries.slice(2).map((delivery) => delivery.ack()));
    await soon("empty", async () => (await commands.state()).messages === 0 || undefined);
  });

  it("can be left for good", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: server.address });
    const session = await sessions.open();
    await server.kill();
    await connected(session, false);

    await session.close();

    await assert.rejects(session.placements.read("a"), code("ERR_ENGINE_CLOSED"));
  });
});

describe("a consumer that was deleted", () => {
  for (const isCreatedAgain of [false, true]) {
    const end = isCreatedAgain ? "goes on if they have created it again" : "is created again";
    it(`${end}, and misses nothing (C1)`, async () => {
      await using server = await NatsServer.start();
      await using sessions = new NatsSessions({ servers: server.address });
      const { commands } = await sessions.open();
      const texts: string[] = [];
      await commands.consume({
        name: "r",
        filter: "r",
        maxInFlight: 16,
        ackWaitMs: LONG_MS,
        deliver: (delivery) => {
          texts.push(textOf(delivery.body));
          void delivery.ack();
        },
      });
      const administrator = await connect({ servers: server.address });
      const append = async (text: string): Promise<void> => {
        await commands.append({ id: text, subject: "r.a", headers: {}, body: bytes(text) });
      };
      await append("1");
      await soon("delivered", () => texts[0]);

      const api = "$JS.API.CONSUMER";
      const consumer = await administrator.request(`${api}.INFO.LL_limelight_CMD.r`);
      await administrator.request(`${api}.DELETE.LL_limelight_CMD.r`);
      if (isCreatedAgain) {
        const { config } = consumer.json<{ config: object }>();
        const request = JSON.stringify({ stream_name: "LL_limelight_CMD", config });
        const reply = await administrator.request(
          `${api}.DURABLE.CREATE.LL_limelight_CMD.r`,
          request,
        );
        assert.equal(reply.json<{ error?: object }>().error, undefined);
      }
      await append("2");

      await soon("delivered", () => texts[1]);
      assert.deepEqual(texts, ["1", "2"]);
      assert.equal(sessions.count("consumer_renewed"), isCreatedAgain ? 0 : 1);
      await administrator.close();
    });
  }

  it("says so if it cannot be created again, and when it can", async () => {
    await using server = await NatsServer.start();
    await using sessions = new NatsSessions({ servers: server.address });
    const { commands } = await sessions.open();
    const changes: boolean[] = [];
    const texts: string[] = [];
    await commands.consume({
      name: "r",
      filter: "r",
      maxInFlight: 16,
      ackWaitMs: LONG_MS,
      deliver: ({ body }) => void texts.push(textOf(body)),
      changed: (isWorking) => changes.push(isWorking),
    });
    const administrator = await connect({ servers: server.address });

    await administrator.request("$JS.API.STREAM.DELETE.LL_limelight_CMD");
    await soon("noticed", () => changes[0] === false || undefined);
    await sessions.open(); // creates what is missing
    await soon("working", () => changes[1]);

    await commands.append({ id: "1", subject: "r.a", headers: {}, body: bytes("1") });
    await soon("delivered", () => texts[0]);
    assert.deepEqual(changes, [false, true]);
    await administrator.close();
  });
});
