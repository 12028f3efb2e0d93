import assert from "node:assert/strict";
import { it } from "node:test";
import type { Bus, BusMessage, ReceivedMessage } from "../../src/cluster/engine/bus.ts";
import {
  bytes,
  type EngineWorld,
  freshToken,
  rejectsInTime,
  textOf,
  type World,
} from "./engine-world.ts";

const REQUEST = { timeoutMs: 10_000 };

function message(text: string, headers: Readonly<Record<string, string>> = {}): BusMessage {
  return { headers, body: bytes(text) };
}

/** Answers with what it gets. */
function echo(bus: Bus): (received: ReceivedMessage) => void {
  return ({ replyTo, headers, body }) => {
    if (replyTo !== undefined) bus.publish(replyTo, { headers, body });
  };
}

/**
 * Waits until what the other process listens to is known everywhere, which takes a moment on several servers. Later
 * subscriptions are not known before earlier ones.
 */
async function known({ one, other, until }: EngineWorld): Promise<void> {
  const probe = freshToken();
  const subscription = other.bus.subscribe(probe, echo(other.bus));
  await until("known", async () => {
    try {
      return await one.bus.request(probe, message("probe"), REQUEST);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "ERR_ENGINE_NO_LISTENER");
      return undefined;
    }
  });
  subscription.stop();
}

/** What every engine must do with messages that are not stored. */
export function describeBus(world: World): void {
  const bus = (): Bus => world().one.bus;
  const others = (): Bus => world().other.bus;

  describeRequests(world, bus, others);
  describePublications(world, bus, others);
}

function describeRequests(world: World, bus: () => Bus, others: () => Bus): void {
  it("answers a request with headers and bytes, of another process and of its own", async () => {
    const subject = `${freshToken()}.call`;
    const subscription = others().subscribe(subject, echo(others()));
    const headers = { "Ll-Code": "a: b", traceparent: "00-1" };
    const body = Uint8Array.from([0, 255, 13, 10]);
    await known(world());

    for (const from of [bus(), others()]) {
      const reply = await from.request(subject, { headers, body }, REQUEST);
      assert.deepEqual({ ...reply.headers }, headers);
      assert.deepEqual([...reply.body], [...body]);
    }
    subscription.stop();
  });

  it("rejects at once if nothing listens", async () => {
    const request = bus().request(freshToken(), message("x"), REQUEST);

    await rejectsInTime(world(), request, "ERR_ENGINE_NO_LISTENER");
  });

  it("rejects if there is no reply in time, and ignores a late one", async () => {
    const subject = freshToken();
    const received: ReceivedMessage[] = [];
    const subscription = others().subscribe(subject, (one) => received.push(one));
    await known(world());

    const request = bus().request(subject, message("x"), { timeoutMs: 100 });

    await rejectsInTime(world(), request, "ERR_ENGINE_NO_REPLY");
    const late = await world().until("received", () => received[0]);
    others().publish(late.replyTo ?? "", message("late"));
    subscription.stop();
  });

  it("rejects when it is aborted, before and while it waits", async () => {
    const subject = freshToken();
    const aborter = new AbortController();
    const subscription = others().subscribe(subject, () => aborter.abort());
    await known(world());
    const aborted = { ...REQUEST, signal: AbortSignal.abort() };

    await rejectsInTime(world(), bus().request(subject, message("x"), aborted), "ERR_ABORTED");
    assert.equal(aborter.signal.aborted, false);
    const waiting = { ...REQUEST, signal: aborter.signal };
    await rejectsInTime(world(), bus().request(subject, message("x"), waiting), "ERR_ABORTED");
    subscription.stop();
  });

  it("refuses a request that is too large", async () => {
    const body = new Uint8Array(world().one.capabilities.maxMessageBytes + 1);

    const request = bus().request(freshToken(), { headers: {}, body }, REQUEST);

    await rejectsInTime(world(), request, "ERR_ENGINE_TOO_LARGE");
  });

  it("gives each of many concurrent requests its own reply", async () => {
    const subject = freshToken();
    const subscription = others().subscribe(subject, echo(others()));
    await known(world());
    const texts = Array.from({ length: 500 }, (_, at) => `${at}`);

    const replies = await Promise.all(
      texts.map(async (text) =>
        textOf((await bus().request(subject, message(text), REQUEST)).body),
      ),
    );

    assert.deepEqual(replies, texts);
    subscription.stop();
  });
}

function describePublications(world: World, bus: () => Bus, others: () => Bus): void {
  it("reaches all that listen, in order", async () => {
    const subject = freshToken();
    const [first, second]: string[][] = [[], []];
    const own = bus().subscribe(subject, ({ body }) => first?.push(textOf(body)));
    const other = others().subscribe(subject, ({ body, replyTo }) => {
      assert.equal(replyTo, undefined);
      second?.push(textOf(body));
    });
    await known(world());

    const texts = Array.from({ length: 100 }, (_, at) => `${at}`);
    for (const text of texts) assert.equal(bus().publish(subject, message(text)), true);

    await world().until("received", () => first?.at(-1) === "99" || undefined);
    await world().until("received", () => second?.at(-1) === "99" || undefined);
    assert.deepEqual(first, texts);
    assert.deepEqual(second, texts);
    own.stop();
    other.stop();
  });

  it("reaches those that listen to the rest of a subject", async () => {
    const token = freshToken();
    const subjects: string[] = [];
    const last: string[] = [];
    const below = others().subscribe(`${token}.>`, ({ subject }) => subjects.push(subject));
    const marker = others().subscribe(`${token}-last`, () => last.push("last"));
    await known(world());

    for (const subject of [token, `${token}.a`, `${token}x.a`, `${token}.a.b`, `${token}-last`]) {
      bus().publish(subject, message("x"));
    }

    await world().until("received", () => last[0]);
    await world().until("received", () => subjects[1]);
    // Messages of different subjects may overtake each other.
    assert.deepEqual(subjects.toSorted(), [`${token}.a`, `${token}.a.b`]);
    below.stop();
    marker.stop();
  });

  it("reaches nothing that has stopped listening", async () => {
    const subject = freshToken();
    const [stopped, going]: string[][] = [[], []];
    const first = others().subscribe(subject, ({ body }) => stopped?.push(textOf(body)));
    const second = others().subscribe(subject, ({ body }) => going?.push(textOf(body)));
    await known(world());

    first.stop();
    first.stop();
    bus().publish(subject, message("1"));

    await world().until("received", () => going?.[0]);
    assert.deepEqual(stopped, []);
    second.stop();
  });

  it("takes several parts of a reply at an inbox", async () => {
    const subject = freshToken();
    const serving = others().subscribe(subject, ({ replyTo }) => {
      for (const part of ["1", "2", "3"]) others().publish(replyTo ?? "", message(part));
    });
    await known(world());
    const parts: string[] = [];
    const inbox = bus().inbox();
    assert.notEqual(inbox, bus().inbox());
    const listening = bus().subscribe(inbox, ({ body }) => parts.push(textOf(body)));

    assert.equal(bus().publish(subject, message("x"), inbox), true);

    await world().until("received", () => parts[2]);
    assert.deepEqual(parts, ["1", "2", "3"]);
    listening.stop();
    serving.stop();
  });
}
