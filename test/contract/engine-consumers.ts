import assert from "node:assert/strict";
import { it } from "node:test";
import type { ConsumeOptions, Consumption, Delivery, Log } from "../../src/cluster/engine/log.ts";
import { engineError, freshToken, logMessage, textOf, type World } from "./engine-world.ts";

/** Long enough to answer, short enough to wait for. */
const ACK_WAIT_MS = 1_000;
const LONG_MS = 30_000;

/** Takes what a consumer delivers, and answers nothing by itself. */
class Taker {
  readonly deliveries: Delivery[] = [];

  get texts(): readonly string[] {
    return this.deliveries.map(({ body }) => textOf(body));
  }

  options(token: string, changes: Partial<ConsumeOptions> = {}): ConsumeOptions {
    return {
      name: `c-${token}`,
      filter: token,
      maxInFlight: 16,
      ackWaitMs: LONG_MS,
      deliver: (delivery) => {
        this.deliveries.push(delivery);
      },
      ...changes,
    };
  }
}

/** What every engine must do with consumers of its logs. */
export function describeConsumers(world: World): void {
  const log = (): Log => world().one.commands;
  const others = (): Log => world().other.commands;

  /** Waits until `taker` has `count` deliveries, and returns the last one. */
  const delivered = (taker: Taker, count: number): Promise<Delivery> =>
    world().until(`delivered ${count} times`, () => taker.deliveries[count - 1]);
  const append = async (subject: string, ...texts: string[]): Promise<void> => {
    for (const text of texts) await others().append(logMessage(subject, text));
  };
  const stored = async (token: string): Promise<readonly string[]> =>
    (await log().read({ filter: token, limit: 256 })).map(({ body }) => textOf(body));

  /** Waits until these are left: copies of a log may delete a moment after an answer was confirmed. */
  const left = async (token: string, texts: readonly string[]): Promise<void> => {
    await world().until(`left with ${texts.length} messages`, async () => {
      const found = await stored(token);
      return found.length <= texts.length ? found : undefined;
    });
    assert.deepEqual(await stored(token), texts);
  };

  const kit: Kit = { log, others, append, delivered, left, world };
  describeDeliveries(kit);
  describeAnswers(kit);
  describeEnds(kit);
}

interface Kit {
  readonly world: World;
  readonly log: () => Log;
  readonly others: () => Log;
  readonly append: (subject: string, ...texts: string[]) => Promise<void>;
  readonly delivered: (taker: Taker, count: number) => Promise<Delivery>;
  readonly left: (token: string, texts: readonly string[]) => Promise<void>;
}

function describeDeliveries({ log, append, delivered, left, world }: Kit): void {
  it("delivers what is there and what comes, in order, as stored", async () => {
    const token = freshToken();
    const taker = new Taker();
    await append(`${token}.a`, "1", "2");

    const consumption = await log().consume(taker.options(token));
    await append(`${token}.a`, "3");

    await delivered(taker, 3);
    assert.deepEqual(taker.texts, ["1", "2", "3"]);
    assert.ok(taker.deliveries.every(({ attempt }) => attempt === 1));
    const [read] = await log().read({ filter: token, limit: 1 });
    const { subject, sequence, headers, storedAtMs } = taker.deliveries[0] as Delivery;
    assert.deepEqual(
      { subject, sequence, headers: { ...headers }, storedAtMs },
      {
        subject: read?.subject,
        sequence: read?.sequence,
        headers: { ...read?.headers },
        storedAtMs: read?.storedAtMs,
      },
    );
    await consumption.delete();
  });

  it("delivers the messages of its filter only, and each to one consumer", async () => {
    const token = freshToken();
    const [first, second] = [new Taker(), new Taker()];
    const one = await log().consume(first.options(`${token}-1`));
    const two = await log().consume(second.options(`${token}-2`));

    await append(`${token}-1.a`, "1");
    await append(`${token}-2.a`, "2");
    await append(`${token}-1.b`, "3");

    await delivered(first, 2);
    await delivered(second, 1);
    assert.deepEqual(first.texts, ["1", "3"]);
    assert.deepEqual(second.texts, ["2"]);
    await one.delete();
    await two.delete();
    await left(`${token}-1`, ["1", "3"]);
  });

  it("refuses a consumer whose filter overlaps with that of another", async () => {
    const token = freshToken();
    const consumption = await log().consume(new Taker().options(token));
    const overlapping = new Taker().options(`${token}.a`, { name: `x-${token}` });

    const outcome = await world().settled(log().consume(overlapping));

    assert.equal(outcome.status, "rejected");
    assert.throws(() => {
      throw outcome.reason;
    }, engineError("ERR_ENGINE_CONFLICT"));
    await consumption.delete();
  });

  it("keeps no more messages in flight than it may", async () => {
    const token = freshToken();
    const texts = Array.from({ length: 12 }, (_, at) => `${at}`);
    await append(`${token}.a`, ...texts);
    const taker = new Taker();
    let inFlight = 0;
    let most = 0;
    const deliver = (delivery: Delivery): void => {
      taker.deliveries.push(delivery);
      inFlight += 1;
      most = Math.max(most, inFlight);
    };

    const consumption = await log().consume(taker.options(token, { maxInFlight: 3, deliver }));

    for (let at = 0; at < texts.length; at += 1) {
      const delivery = await delivered(taker, at + 1);
      inFlight -= 1;
      await delivery.ack();
    }
    assert.deepEqual(taker.texts, texts);
    assert.ok(most >= 1 && most <= 3, `${most} were in flight`);
    await left(token, []);
    await consumption.delete();
  });

  it("delivers thousands of messages once, each acknowledged as it comes", async () => {
    const token = freshToken();
    const taker = new Taker();
    const acks: Promise<void>[] = [];
    const deliver = (delivery: Delivery): void => {
      taker.deliveries.push(delivery);
      acks.push(delivery.ack());
    };
    const consumption = await log().consume(taker.options(token, { maxInFlight: 64, deliver }));
    const texts = Array.from({ length: 2_000 }, (_, at) => `${at}`);

    for (let at = 0; at < texts.length; at += 100) {
      const page = texts.slice(at, at + 100);
      await Promise.all(page.map((text) => append(`${token}.${Number(text) % 50}`, text)));
    }

    await delivered(taker, texts.length);
    await Promise.all(acks);
    assert.deepEqual([...taker.texts].sort(), [...texts].sort());
    await left(token, []);
    await consumption.delete();
  });
}

function describeAnswers({ log, append, delivered, left, world }: Kit): void {
  it("deletes what is acknowledged or rejected", async () => {
    const token = freshToken();
    const taker = new Taker();
    await append(`${token}.a`, "acked", "rejected", "neither");
    const consumption = await log().consume(taker.options(token));
    await delivered(taker, 3);

    await taker.deliveries[0]?.ack();
    await taker.deliveries[1]?.reject();

    await left(token, ["neither"]);
    await consumption.delete();
  });

  it("delivers again what is to be retried, and counts the attempts", async () => {
    const token = freshToken();
    const taker = new Taker();
    await append(`${token}.a`, "1");
    const consumption = await log().consume(taker.options(token));
    const first = await delivered(taker, 1);

    first.retry(0);
    const second = await delivered(taker, 2);
    second.retry(50);
    const third = await delivered(taker, 3);

    assert.deepEqual([second.attempt, third.attempt], [2, 3]);
    assert.equal(third.sequence, first.sequence);
    await third.ack();
    await left(token, []);
    await consumption.delete();
  });

  it("does not deliver a message before its delay, and others meanwhile", async () => {
    const token = freshToken();
    const taker = new Taker();
    await append(`${token}.a`, "late");
    const consumption = await log().consume(taker.options(token));
    const late = await delivered(taker, 1);

    late.retry(400);
    await append(`${token}.b`, "between");

    await delivered(taker, 3);
    assert.deepEqual(taker.texts, ["late", "between", "late"]);
    await consumption.delete();
  });

  it("delivers again what was not answered in time", async () => {
    const token = freshToken();
    const taker = new Taker();
    await append(`${token}.a`, "1");
    const consumption = await log().consume(taker.options(token, { ackWaitMs: ACK_WAIT_MS }));
    await delivered(taker, 1);

    const second = await delivered(taker, 2);

    assert.equal(second.attempt, 2);
    await second.ack();
    await left(token, []);
    await consumption.delete();
  });

  it("ignores all answers but the first", async () => {
    const token = freshToken();
    const taker = new Taker();
    await append(`${token}.a`, "1");
    const consumption = await log().consume(taker.options(token));
    const first = await delivered(taker, 1);

    first.retry(0);
    await first.ack();
    await first.reject();

    const second = await delivered(taker, 2);
    assert.equal(second.attempt, 2);
    await second.ack();
    second.retry(0);
    await append(`${token}.a`, "2");
    await delivered(taker, 3);
    assert.deepEqual(taker.texts, ["1", "1", "2"]);
    await consumption.delete();
    await left(token, ["2"]);
    await world().one.commands.purge(token);
  });
}

function describeEnds({ log, others, append, delivered, left, world }: Kit): void {
  it("goes on where it was after a stop", async () => {
    const token = freshToken();
    const [first, second] = [new Taker(), new Taker()];
    const options = { ackWaitMs: ACK_WAIT_MS };
    await append(`${token}.a`, "acked", "open");
    const before = await log().consume(first.options(token, options));
    await delivered(first, 2);
    await first.deliveries[0]?.ack();

    await before.stop();
    await append(`${token}.a`, "new");
    const after = await log().consume(second.options(token, options));

    await delivered(second, 2);
    await world().until("delivered both", () => new Set(second.texts).size === 2 || undefined);
    assert.deepEqual([...new Set(second.texts)].sort(), ["new", "open"]);
    assert.equal(first.deliveries.length, 2);
    await after.delete();
  });

  it("replays at its start what the last one has not answered, if it is to", async () => {
    const token = freshToken();
    const [first, second, third] = [new Taker(), new Taker(), new Taker()];
    await append(`${token}.a`, "acked", "open", "later");
    const before = await log().consume(first.options(token));
    await delivered(first, 3);
    await first.deliveries[0]?.ack();
    first.deliveries[2]?.retry(LONG_MS);
    await before.stop();

    const after = await others().consume(second.options(token, { replays: true }));

    await delivered(second, 2);
    assert.deepEqual(second.texts, ["open", "later"]);
    assert.deepEqual(
      second.deliveries.map(({ attempt }) => attempt),
      [1, 1],
    );
    for (const delivery of second.deliveries) await delivery.ack();
    await after.stop();
    // Nothing is left to be replayed: it goes on, and delivers once what is new.
    const last = await log().consume(third.options(token, { replays: true }));
    await append(`${token}.a`, "new");
    await delivered(third, 1);
    assert.deepEqual(third.texts, ["new"]);
    await last.delete();
  });

  it("replays everything that was not answered, as first deliveries and in order", async () => {
    const token = freshToken();
    const taker = new Taker();
    await append(`${token}.a`, "1", "2", "3", "4");
    const consumption = await log().consume(taker.options(token));
    await delivered(taker, 4);
    await taker.deliveries[1]?.ack();
    taker.deliveries[3]?.retry(LONG_MS);

    await consumption.replay();

    const last = await delivered(taker, 7);
    assert.deepEqual(taker.texts.slice(4), ["1", "3", "4"]);
    assert.equal(last.attempt, 1);
    await append(`${token}.a`, "5");
    await delivered(taker, 8);
    await consumption.delete();
  });

  it("keeps the messages of a consumer that is deleted for the next one", async () => {
    const token = freshToken();
    const [first, second] = [new Taker(), new Taker()];
    await append(`${token}.a`, "1", "2");
    const before = await log().consume(first.options(token));
    await delivered(first, 2);
    await first.deliveries[0]?.ack();

    await before.delete();
    await left(token, ["2"]);
    const after = await log().consume(second.options(token, { name: `again-${token}` }));

    await delivered(second, 1);
    assert.deepEqual(second.texts, ["2"]);
    assert.equal(second.deliveries[0]?.attempt, 1);
    await after.delete();
  });

  it("does not mind ends that come twice or after one another", async () => {
    const token = freshToken();
    const consumption: Consumption = await log().consume(new Taker().options(token));

    await consumption.stop();
    await consumption.stop();
    await consumption.delete();
    await consumption.delete();
    await consumption.stop();

    await append(`${token}.a`, "stays");
    await left(token, ["stays"]);
  });
}
