import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import type { Exposed } from "../../src/gateway/expose/expose.ts";
import { createGateway, expose, type Gateway } from "../../src/gateway.ts";
import { defineKeyedActor, PublicError, queue, type SystemOptions } from "../../src/index.ts";
import { ManualClock } from "../../src/testing.ts";
import { openSystem } from "../_support/actor-system.ts";
import { settleTurns, until } from "../_support/actor-waiting.ts";
import { post } from "../_support/gateway-kit.ts";
import { WatchedStore } from "../_support/keyed.ts";

const cart = defineKeyedActor("cart", {
  state: () => ({ lines: {} as Record<string, number> }),
  queues: { orders: queue<{ item: string }, number>(), idle: queue<string>() },
  handlers: {
    add(c, item: string, quantity: number) {
      if (item === "rare") throw new PublicError("sold out", { code: "SOLD_OUT", status: 409 });
      c.state.lines[item] = (c.state.lines[item] ?? 0) + quantity;
      return c.state.lines;
    },
  },
  async run(c) {
    for await (const message of c.queue.orders) message.complete(message.body.item.length);
  },
});
const actors: readonly Exposed<string, unknown>[] = [
  expose(cart, {
    calls: { add: [z.string(), z.int().positive()] },
    queues: { orders: z.object({ item: z.string() }), idle: z.string() },
  }),
];

interface Open extends AsyncDisposable {
  readonly gateway: Gateway;
}

async function open(options: SystemOptions = {}): Promise<Open> {
  const { system, ...rest } = openSystem(options);
  const gateway = await createGateway(system, { actors, port: 0 });
  return {
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await rest[Symbol.asyncDispose]();
    },
  };
}

describe("a gateway, from a request to an actor and back", () => {
  it("asks, and answers with the reply", async () => {
    await using opened = await open();
    const url = `${opened.gateway.url}/actors/cart/alice/ask/add`;

    const response = await post(url, ["lamp", 2]);

    assert.deepEqual([response.status, await response.json()], [200, { lamp: 2 }]);
    const wrong = await post(url, ["lamp", "two"]);
    const { error } = (await wrong.json()) as { error: Record<string, unknown> };
    assert.deepEqual(
      [wrong.status, error["code"], error["outcome"], error["issues"]],
      [
        400,
        "ERR_INVALID_ARGUMENTS",
        "not_handled",
        [{ path: [1], message: "Invalid input: expected number, received string" }],
      ],
    );
    const denied = await post(url, ["rare", 1]);
    const { error: reason } = (await denied.json()) as { error: Record<string, unknown> };
    assert.deepEqual(
      [denied.status, reason["code"], reason["message"]],
      [409, "SOLD_OUT", "sold out"],
    );
  });

  it("tells, and sends to a queue", async () => {
    await using opened = await open();
    const url = `${opened.gateway.url}/actors/cart/alice`;

    const told = await post(`${url}/tell/add`, ["lamp", 1]);
    const stored = await post(`${url}/queue/orders`, { item: "lamp" });
    const completed = await post(`${url}/queue/orders?waitMs=5000`, { item: "desk lamp" });

    assert.equal(told.status, 202);
    assert.equal(stored.status, 202);
    assert.match(((await stored.json()) as { id: string }).id, /^[\w-]{8,}$/);
    assert.deepEqual([completed.status, await completed.json()], [200, 9]);
  });

  it("answers with the id of a queue message that is not completed in time", async () => {
    const [clock, store] = [new ManualClock(), new WatchedStore()];
    await using opened = await open({ clock, store });
    const url = `${opened.gateway.url}/actors/cart/alice/queue/idle?waitMs=200`;

    const answer = post(url, "x");
    await until(() => store.batches.length > 0);
    await settleTurns();
    await clock.advance(200);

    const late = await answer;

    assert.equal(late.status, 202);
    assert.match(((await late.json()) as { id: string }).id, /^[\w-]{8,}$/);
  });
});
