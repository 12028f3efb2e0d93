import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Log } from "../../src/cluster/engine/log.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { NatsSessions } from "../_support/nats-sessions.ts";
import { eventually } from "../_support/stack-program.ts";

const SESSIONS = 8;
const PUBLISHERS = 64;
const KILLS = 15;
/** Messages that are acknowledged between a restart of the server and its end. */
const BETWEEN = 1_000;
/** Fewer than a log takes of one subject. */
const PER_SUBJECT = 100;
const PAGE = 256;
const LEASE_MS = 60_000;

/** Appends one message after the other, each until it is acknowledged. */
class Publisher {
  readonly name: string;
  readonly #log: Log;
  /** Numbers from 0 to below this were acknowledged. */
  acknowledged = 0;
  failures = 0;

  constructor(name: string, log: Log) {
    this.name = name;
    this.#log = log;
  }

  async append(): Promise<void> {
    const number = this.acknowledged;
    const subject = `${this.name}.${Math.floor(number / PER_SUBJECT)}`;
    const body = Buffer.from(String(number));
    try {
      await this.#log.append({ id: `${this.name}:${number}`, subject, headers: {}, body });
      this.acknowledged += 1;
    } catch {
      this.failures += 1; // its outcome is not known: the same message again
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Returns the numbers that are stored, in the order of the log. */
  async stored(): Promise<readonly number[]> {
    const numbers: number[] = [];
    for (let after = 0; ; ) {
      const page = await this.#log.read({ filter: this.name, after, limit: PAGE });
      for (const { body, sequence } of page) {
        numbers.push(Number(Buffer.from(body).toString()));
        after = sequence;
      }
      if (page.length < PAGE) return numbers;
    }
  }
}

describe("64 publishers on a server that is killed 15 times", () => {
  it("lose no acknowledged message, and store none twice", async (context) => {
    await using server = await NatsServer.start({ syncAlways: true });
    await using sessions = new NatsSessions({ servers: server.address, requestTimeoutMs: 1_000 });
    const logs: Log[] = [];
    for (let at = 0; at < SESSIONS; at += 1)
      logs.push((await sessions.open({}, LEASE_MS)).commands);
    const publishers = Array.from({ length: PUBLISHERS }, (_, at) => {
      const log = logs[at % SESSIONS];
      assert.ok(log !== undefined);
      return new Publisher(`p${at}`, log);
    });
    const sum = (read: (publisher: Publisher) => number): number =>
      publishers.reduce((total, publisher) => total + read(publisher), 0);
    const acknowledged = (): number => sum((publisher) => publisher.acknowledged);
    let isOver = false;
    const publishing = publishers.map(async (publisher) => {
      while (!isOver) await publisher.append();
    });
    const goOn = async (): Promise<void> => {
      const enough = acknowledged() + BETWEEN;
      await eventually("acknowledged", () => acknowledged() >= enough || undefined);
    };

    for (let kill = 0; kill < KILLS; kill += 1) {
      await goOn();
      await server.kill();
      await server.startAgain();
    }
    const before = publishers.map((publisher) => publisher.acknowledged);
    await goOn();
    // Sessions reconnect one by one.
    const hasGoneOn = ({ acknowledged }: Publisher, at: number) => acknowledged > (before[at] ?? 0);
    await eventually("each goes on", () => publishers.every(hasGoneOn) || undefined);
    isOver = true;
    await Promise.all(publishing);

    for (const publisher of publishers) {
      const stored = await publisher.stored();
      // A message whose outcome was not known at the end may be there, too.
      const expected = Array.from({ length: stored.length }, (_, number) => number);
      assert.deepEqual(stored, expected, publisher.name);
      assert.ok(stored.length >= publisher.acknowledged, `${publisher.name} has lost messages`);
      assert.ok(stored.length <= publisher.acknowledged + 1, `${publisher.name} has too many`);
    }
    const failures = sum((publisher) => publisher.failures);
    assert.ok(failures > 0, "no message was under way when the server was killed");
    context.diagnostic(
      `${KILLS} kills, ${acknowledged()} acknowledged, ${failures} unknown or refused, 0 lost`,
    );
  });
});
