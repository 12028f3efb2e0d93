import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { LimelightError } from "../../src/base/errors.ts";
import type { KeyValue } from "../../src/cluster/engine/key-value.ts";
import type { Delivery } from "../../src/cluster/engine/log.ts";
import { isUnknownOutcome } from "../../src/cluster/engine/outcomes.ts";
import { resolveWrite } from "../../src/cluster/engine/resolve-write.ts";
import { NatsCluster } from "../_support/nats-server.ts";
import { NatsSessions, soon } from "../_support/nats-sessions.ts";
import { streamLeader } from "../_support/stream-leader.ts";

const LONG_MS = 60_000;
const WRITERS = 4;
const KILLS = 3;
const resolver = { clock: systemClock, luck: Math.random, deadlineMs: LONG_MS };

/** The number under a key, whose value is `<number> <writer>.<attempt>`. */
async function numberAt(keyValue: KeyValue, key: string): Promise<number> {
  const entry = await keyValue.read(key);
  return entry === undefined ? 0 : Number.parseInt(Buffer.from(entry.value).toString(), 10);
}

/** Adds one to the number under `key`, however often that takes; each write has a value of its own. */
class Counter {
  readonly #keyValue: KeyValue;
  readonly #key: string;
  readonly #name: string;
  #attempts = 0;
  added = 0;

  constructor(keyValue: KeyValue, key: string, name: string) {
    this.#keyValue = keyValue;
    this.#key = key;
    this.#name = name;
  }

  async add(): Promise<void> {
    for (;;) {
      const next = await soon("read", () => this.#next().catch(() => undefined));
      try {
        await resolveWrite(this.#keyValue, next, resolver);
        this.added += 1;
        return;
      } catch (error) {
        // A conflict after an unknown outcome does not tell whether the write has happened: read whether it has.
        assert.ok(LimelightError.is(error) && !isUnknownOutcome(error), String(error));
      }
    }
  }

  async #next(): Promise<{ key: string; value: Uint8Array; expectedRevision: number }> {
    const entry = await this.#keyValue.read(this.#key);
    this.#attempts += 1;
    const number =
      entry === undefined ? 0 : Number.parseInt(Buffer.from(entry.value).toString(), 10);
    return {
      key: this.#key,
      value: Buffer.from(`${number + 1} ${this.#name}.${this.#attempts}`),
      expectedRevision: entry?.revision ?? 0,
    };
  }
}

describe("three NATS servers", () => {
  it("lose no acknowledged write when leaders are killed one after the other", async () => {
    await using cluster = await NatsCluster.start();
    await using sessions = new NatsSessions({
      servers: cluster.addresses,
      replicas: 3,
      requestTimeoutMs: 1_000,
    });
    const counters: Counter[] = [];
    // Each writer has a key of its own: a conflict can then only come from its own earlier attempt.
    for (let at = 0; at < WRITERS; at += 1) {
      const { placements } = await sessions.open();
      counters.push(new Counter(placements, `a.${at}`, `w${at}`));
    }
    let isOver = false;
    const writing = counters.map(async (counter) => {
      while (!isOver) await counter.add();
    });

    for (let kill = 0; kill < KILLS; kill += 1) {
      const leader = await soon("led", () => streamLeader(cluster, "KV_ll_limelight_placements"));
      const before = counters.map(({ added }) => added);
      await leader.kill();
      // Writes go on with the two that are left.
      await soon(
        "written by all",
        () => counters.every(({ added }, at) => added > (before[at] ?? 0) + 3) || undefined,
      );
      await leader.startAgain();
    }
    isOver = true;
    await Promise.all(writing);

    const { placements } = await sessions.open();
    for (const [at, { added }] of counters.entries()) {
      assert.equal(await numberAt(placements, `a.${at}`), added);
    }
  });

  it("accept nothing while two of them are down, and go on when one is back (C11)", async () => {
    await using cluster = await NatsCluster.start();
    await using sessions = new NatsSessions({
      servers: cluster.addresses,
      replicas: 3,
      requestTimeoutMs: 500,
    });
    const { placements, commands } = await sessions.open();
    await placements.put("a", Buffer.from("1"));
    const [one, two] = cluster.servers;

    await one?.kill();
    await two?.kill();
    const message = { id: "a:1:c:1", subject: "r.a", headers: {}, body: Buffer.from("x") };
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await assert.rejects(placements.put("a", Buffer.from("2")));
      await assert.rejects(commands.append(message));
    }
    await one?.startAgain().catch(() => {}); // healthy once the cluster is

    await soon("accepted", () =>
      placements.put("a", Buffer.from("3")).then(
        () => true,
        () => undefined,
      ),
    );
    assert.equal(Buffer.from((await placements.read("a"))?.value ?? []).toString(), "3");
  });

  it("deliver on when the leader of a log is killed", async () => {
    await using cluster = await NatsCluster.start();
    await using sessions = new NatsSessions({
      servers: cluster.addresses,
      replicas: 3,
      requestTimeoutMs: 1_000,
    });
    const [receiver, sender] = [await sessions.open(), await sessions.open()];
    const received = new Set<string>();
    await receiver.commands.consume({
      name: "r",
      filter: "r",
      maxInFlight: 16,
      ackWaitMs: 2_000,
      deliver: (delivery: Delivery) => {
        received.add(Buffer.from(delivery.body).toString());
        void delivery.ack().catch(() => {}); // it comes again
      },
    });
    let sent = 0;
    const send = async (): Promise<void> => {
      sent += 1;
      const text = `${sent}`;
      const message = { id: text, subject: `r.${text}`, headers: {}, body: Buffer.from(text) };
      // The same id, until it is known to be stored.
      await soon("stored", () => sender.commands.append(message).catch(() => undefined));
    };
    await send();
    await soon("delivered", () => received.has("1") || undefined);

    for (let kill = 0; kill < KILLS; kill += 1) {
      const leader = await soon("led", () => streamLeader(cluster, "LL_limelight_CMD"));
      await leader.kill();
      await send();
      await send();
      await soon("delivered", () => received.size === sent || undefined);
      await leader.startAgain();
    }

    await soon("empty", async () => {
      const { messages } = await sender.commands.state();
      return messages === 0 || undefined;
    });
    assert.equal(received.size, sent);
  });
});
