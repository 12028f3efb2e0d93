import assert from "node:assert/strict";
import { it } from "node:test";
import type { EventFeed } from "../../../src/activation/access/event-feed.ts";
import type { LinkEnding } from "../../../src/activation/access/link.ts";
import { accessOf } from "../../../src/activation/access/system-access.ts";
import { defineKeyedActor, event } from "../../../src/index.ts";
import { sendingOf } from "../../_support/access-world.ts";
import { until } from "../../_support/actor-waiting.ts";
import { type FakeClient, FakeGateway } from "../../_support/fake-gateway.ts";
import { openKeyed } from "../../_support/keyed.ts";

const COUNT = 5_000;
const reads = { state: 0 };

const stadium = defineKeyedActor("stadium", {
  events: { goal: event<number>() },
  onBeforeConnect: () => ({
    get team() {
      reads.state += 1;
      return "red";
    },
  }),
  onDisconnect: (c) => c.connections.size,
  handlers: {
    score: (c, goals: number) => c.broadcast("goal", goals),
    cheer: (c) => c.broadcast("goal", -1, { where: ({ state }) => state.team === "red" }),
    reasons: (c) => c.awakeReasons().map(({ reason, count }) => [reason, count]),
    size: (c) => c.connections.size,
    sleep: (c) => c.sleep(),
  },
});

/** Counts what it is told. */
class CountingGateway extends FakeGateway {
  advances = 0;
  endings = 0;

  override advanced(feed: EventFeed): void {
    this.advances += 1;
    super.advanced(feed);
  }

  override ended(ids: readonly string[], ending: LinkEnding): void {
    this.endings += 1;
    super.ended(ids, ending);
  }
}

it(`${COUNT} connections are one reason to be awake, and one notice for each event and gateway`, async () => {
  await using open = openKeyed();
  const access = accessOf(open.system);
  assert.ok(access !== undefined);
  const address = access.resolve(stadium as never, ["north"]);
  const gateways = [1, 2].map(() => new CountingGateway(address, () => sendingOf(open)));
  const connectTo = (at: number): Promise<FakeClient> =>
    (gateways[at % 2] as FakeGateway).connect({ events: ["goal"] });
  const ref = open.system.get(stadium, "north");

  const clients = await Promise.all(Array.from({ length: COUNT }, (_, at) => connectTo(at)));
  await ref.ask.score(1);

  assert.equal(await ref.ask.size(), COUNT);
  assert.deepEqual(await ref.ask.reasons(), [
    ["handling", 1],
    ["connection", COUNT],
  ]);
  assert.ok(clients.every(({ bodies }) => bodies.length === 1 && bodies[0] === 1));
  assert.equal(reads.state, 0, "no state of a connection is read without `where`");
  assert.deepEqual(
    gateways.map(({ advances }) => advances),
    [1, 1],
  );
  await ref.ask.cheer();
  assert.equal(reads.state, COUNT, "`where` is called once for each connection");

  const half = clients.filter((_, at) => at % 2 === 0);
  await Promise.all(half.map((client) => gateways[0]?.close(client)));
  assert.equal(await ref.ask.size(), COUNT / 2);
  await ref.ask.score(2);
  assert.deepEqual(
    gateways.map(({ advances }) => advances),
    [2, 3],
    "a gateway without connections is not told",
  );
  ref.tell.sleep();
  await until(() => open.system.books().active === 0);

  assert.deepEqual(
    gateways.map(({ endings, clients: left }) => [endings, left.size]),
    [
      [0, 0],
      [1, 0],
    ],
  );
});
