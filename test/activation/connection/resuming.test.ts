import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessOf } from "../../../src/activation/access/system-access.ts";
import { defineKeyedActor, event } from "../../../src/index.ts";
import { sendingOf } from "../../_support/access-world.ts";
import { until } from "../../_support/actor-waiting.ts";
import { type FakeClient, FakeGateway } from "../../_support/fake-gateway.ts";
import { type OpenKeyed, openKeyed } from "../../_support/keyed.ts";

const feed = defineKeyedActor("feed", {
  events: { news: event<number>(), ads: event<number>() },
  replay: { events: 3 },
  handlers: {
    news: (c, n: number) => c.broadcast("news", n),
    ads: (c, n: number) => c.broadcast("ads", n),
    toAll: (c, n: number) => c.broadcast("news", n, { where: () => true }),
    others: (c, n: number) => c.broadcast("news", n, { except: c.connection }),
  },
});

function gatewayTo(open: OpenKeyed, key = "one"): FakeGateway {
  const access = accessOf(open.system);
  assert.ok(access !== undefined);
  return new FakeGateway(access.resolve(feed as never, [key]), () => sendingOf(open));
}

const BOTH = { events: ["news", "ads"] };
const NEWS = { events: ["news"] };

/** Opens a connection that gets one event, and loses it. */
async function lose(gateway: FakeGateway, events: { events: string[] }): Promise<FakeClient> {
  const client = await gateway.connect(events);
  await gateway.ask(client, "news", 0);
  await gateway.close(client);
  return client;
}

describe("a client that comes back", () => {
  it("gets what it has missed", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await lose(gateway, NEWS);
    const ref = open.system.get(feed, "one");
    await ref.ask.news(1);
    await ref.ask.ads(2);
    await ref.ask.news(3);

    const again = await gateway.connect({ ...NEWS, last: client.last });

    assert.deepEqual([again.bodies, again.gap], [[1, 3], undefined]);
    assert.equal(again.link.formerId, client.link.connectionId);
  });

  it("is told how many are missing, if it subscribes to all", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await lose(gateway, BOTH);
    for (const n of [1, 2, 3, 4, 5]) await open.system.get(feed, "one").ask.news(n);

    const both = await gateway.connect({ ...BOTH, last: client.last });
    const some = await gateway.connect({ ...NEWS, last: client.last });
    const none = await gateway.connect({ last: client.last });

    assert.deepEqual(
      [both, some, none].map(({ gap }) => [gap?.reason, gap?.missed]),
      [
        ["events_lost", 5],
        ["events_lost", undefined],
        ["events_lost", undefined],
      ],
    );
    assert.deepEqual(both.bodies, []);
    assert.equal(both.position, both.link.feed.position(6));
  });

  it("continues if only events of other kinds are gone", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await lose(gateway, NEWS);
    for (const n of [1, 2, 3, 4, 5]) await open.system.get(feed, "one").ask.ads(n);

    const again = await gateway.connect({ ...NEWS, last: client.last });

    assert.deepEqual([again.bodies, again.gap], [[], undefined]);
  });

  it("is told of an event for some connections that it cannot have been among", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await lose(gateway, NEWS);
    await open.system.get(feed, "one").ask.toAll(1);

    const again = await gateway.connect({ ...NEWS, last: client.last });

    assert.equal(again.gap?.reason, "events_lost");
  });

  it("gets one for some connections that its former one was among, and none that left it out", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await gateway.connect(NEWS);
    client.blocked = true;
    await gateway.ask(client, "toAll", 1);
    await gateway.ask(client, "others", 2);
    await gateway.close(client);

    const again = await gateway.connect({ ...NEWS, last: client.last });

    assert.deepEqual([again.bodies, again.gap], [[1], undefined]);
  });

  it("with the position of another actor, or one that no actor has given, is told so", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await lose(gateway, NEWS);
    const other = await gatewayTo(open, "two").connect(NEWS);
    const { connectionId, position } = client.last;
    const future = position.replace(/\d+$/, "9");

    const reasons = [];
    for (const at of [other.position, "", "x.y.1", future, position]) {
      const again = await gateway.connect({ ...NEWS, last: { connectionId, position: at } });
      reasons.push(again.gap?.reason);
    }

    assert.deepEqual(reasons, [
      "actor_destroyed",
      "actor_destroyed",
      "actor_destroyed",
      "actor_restarted",
      undefined,
    ]);
  });

  it("after any number of activations without it continues, if all of them have ended as they should", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const ref = open.system.get(feed, "one");
    const sleep = async (): Promise<void> => {
      await open.clock.advance(60_000);
      await until(() => open.system.books().active === 0);
    };
    const client = await lose(gateway, NEWS);
    for (let activation = 0; activation < 3; activation += 1) {
      await sleep();
      await ref.whenReady();
    }

    const again = await gateway.connect({ ...NEWS, last: client.last });
    await gateway.ask(again, "news", 1);
    await gateway.close(again);
    await sleep();
    await ref.ask.news(2);
    const third = await gateway.connect({ ...NEWS, last: again.last });
    const late = await gateway.connect({ ...NEWS, last: client.last });

    assert.deepEqual([again.gap, third.gap, third.bodies], [undefined, undefined, [2]]);
    assert.equal(late.gap?.reason, "actor_restarted");
  });

  it("an actor that no client has connected to keeps no events, and stores no position", async () => {
    await using open = openKeyed();
    const ref = open.system.get(feed, "one");
    await ref.ask.news(1);
    await open.clock.advance(60_000);
    await until(() => open.system.books().active === 0);

    assert.equal((await open.store.meta("feed/one"))?.["eventsAt"], undefined);
  });
});
