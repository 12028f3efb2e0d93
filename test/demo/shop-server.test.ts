import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { pino } from "pino";
import type { Placement } from "../../src/demo/actors/order.ts";
import { ShopServer } from "../../src/demo/http/shop-server.ts";
import type { Shop } from "../../src/demo/shop.ts";
import { ask, order } from "../_support/demo-client.ts";

/** A shop whose desk does what the test says. */
function shopThat(place: () => Promise<Placement>): Pick<Shop, "desk" | "order"> {
  const desk = { with: () => ({ ask: { place } }) };
  const order = () => ({ ask: { show: () => Promise.resolve(undefined) } });
  return { desk, order } as never;
}

const TURNS_BETWEEN = 50;

/** Asks now and then until no connection is taken any more; those that still are get an answer. */
async function askUntilRefused(url: string): Promise<never> {
  for (;;) {
    const { status, headers } = await ask(url);
    assert.deepEqual([status, headers.connection], [503, "close"]);
    for (let turn = 0; turn < TURNS_BETWEEN; turn += 1) await nextTurn();
  }
}

const LAMP = { item: "lamp", quantity: 1 };
const logger = pino({ enabled: false });

describe("the server of the order desk", () => {
  it("has an IPv6 address in brackets in its URL, however it was given", async () => {
    for (const address of ["::1", "[::1]"]) {
      const server = await ShopServer.at(0, address);

      assert.equal(server.url, `http://[::1]:${server.port}`);
      await server.close(1_000);
    }
  });

  it("says nothing about an error it does not know", async () => {
    const server = await ShopServer.at(0);
    const shop = shopThat(() => Promise.reject(new Error("the password is swordfish")));
    server.serve({ shop, logger });

    const answer = await order(server.url, LAMP);

    assert.deepEqual([answer.status, answer.json.error.code], [500, "ERR_INTERNAL"]);
    assert.doesNotMatch(answer.text, /swordfish/);
    await server.close(1_000);
  });
});

describe("a server that closes", () => {
  let server: ShopServer;
  let agent: Agent;
  let answerOrder: (placement: Placement) => void;
  let orderArrived: Promise<void>;

  beforeEach(async () => {
    const arrived = Promise.withResolvers<void>();
    const pending = Promise.withResolvers<Placement>();
    orderArrived = arrived.promise;
    answerOrder = pending.resolve;
    server = await ShopServer.at(0);
    const shop = shopThat(() => {
      arrived.resolve();
      return pending.promise;
    });
    server.serve({ shop, logger });
  });
  before(() => {
    agent = new Agent({ keepAlive: true });
  });
  after(() => agent.destroy());

  it("answers what it has accepted, and takes nobody else in", async () => {
    const { url } = server;
    const answer = order(url, LAMP);
    await orderArrived;
    const closed = server.close(5_000);

    await assert.rejects(askUntilRefused(`${url}/healthz`), { code: "ECONNREFUSED" });
    answerOrder({ outcome: "out_of_stock", left: 0 });

    const { status, headers } = await answer;
    assert.deepEqual([status, headers.connection], [409, "close"]);
    await closed;
  });

  it("answers on a connection that was kept alive, says it is stopping and closes it", async () => {
    const { url } = server;
    const pending = order(url, LAMP);
    await orderArrived;
    await ask(`${url}/healthz`, { agent });
    const closed = server.close(5_000);

    const health = await ask(`${url}/healthz`, { agent });

    assert.deepEqual([health.status, health.json.error.code], [503, "ERR_STOPPING"]);
    assert.deepEqual([health.headers.connection, health.headers["retry-after"]], ["close", "1"]);
    answerOrder({ outcome: "out_of_stock", left: 0 });
    await pending;
    await closed;
  });

  it("is not held up by a connection that is kept alive and not used", async () => {
    await ask(`${server.url}/healthz`, { agent });

    await server.close(60_000);
  });

  it("gives up on a customer who never finishes at its deadline", async () => {
    const { url } = server;
    const answer = order(url, LAMP);
    await orderArrived;

    const closed = server.close(100);

    await assert.rejects(answer, { code: "ECONNRESET" });
    await closed;
  });
});
