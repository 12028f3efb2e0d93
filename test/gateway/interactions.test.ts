import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unchecked } from "../../src/gateway/expose/unchecked.ts";
import { createGateway, expose } from "../../src/gateway.ts";
import { defineActor, defineKeyedActor, PublicError, queue } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";
import { until } from "../_support/actor-waiting.ts";
import { edgesOf } from "../_support/interactions.ts";

const ledger = defineActor("ledger", { handlers: { note() {} } });

describe("the edges from outside", () => {
  it("have the requests of a gateway; what an actor sends in turn is from its type", async () => {
    await using open = openSystem();
    const { system } = open;
    const to = system.spawn(ledger);
    const cart = defineKeyedActor("cart", {
      queues: { orders: queue<string>() },
      handlers: {
        add: () => to.tell.note(),
        deny() {
          throw new PublicError("not now", { code: "CLOSED", status: 409 });
        },
      },
    });
    const actors = [
      expose(cart, { calls: { add: unchecked, deny: unchecked }, queues: { orders: unchecked } }),
    ];
    const gateway = await createGateway(system, { actors, auth: "anyone", port: 0 });
    const post = async (path: string, body: unknown): Promise<number> => {
      const init = {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      };
      const response = await fetch(`http://127.0.0.1:${gateway.port}/actors/cart/a/${path}`, init);
      await response.arrayBuffer();
      return response.status;
    };

    assert.equal(await post("ask/add", []), 204);
    assert.equal(await post("tell/add", []), 202);
    assert.equal(await post("ask/deny", []), 409);
    assert.equal(await post("queue/orders", "flour"), 202);
    await until(() => edgesOf(system)["cart>ledger"]?.[0] === 2);

    assert.deepEqual(edgesOf(system), { "(outside)>cart": [4, 1], "cart>ledger": [2, 0] });
    await gateway.close();
  });
});
