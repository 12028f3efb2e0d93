import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pino } from "pino";
import { DESK } from "../../src/demo/actors/desk.ts";
import type { Order, OrderRequest } from "../../src/demo/actors/order.ts";
import { placedOrder } from "../../src/demo/actors/placed-order.ts";
import { createShop, type Shop } from "../../src/demo/shop.ts";
import type { StoreErrorCode } from "../../src/store.ts";
import { expectBooks } from "../../src/testing.ts";
import { FaultyStore } from "../_support/faulty-store.ts";

const LAMP = { item: "lamp", quantity: 1 } as const;
const OPTIONS = { logger: pino({ enabled: false }), paymentFailureRate: 0, seed: 7 };

/** A shop whose first delivery is due after an hour, on `store`. */
function shopOn(store: FaultyStore): Shop {
  const shop = createShop({ ...OPTIONS, home: { store }, slowCourierMs: 3_600_000 });
  shop.open();
  return shop;
}

function place({ system, desk }: Shop, request: OrderRequest): Promise<Order> {
  return system.get(desk, DESK).ask.place(request);
}

async function close({ system }: Shop): Promise<void> {
  const { killed } = await system.shutdown();
  assert.equal(killed, 0);
  expectBooks(system);
}

/** The keys of all orders that are stored. */
async function orderIds({ system }: Shop): Promise<string[]> {
  const { keys } = await system.keys(placedOrder);
  return keys.map(({ key }) => key.join()).toSorted();
}

describe("an order of the shop", () => {
  it("is stored, with its delivery, when it is placed", async () => {
    const shop = shopOn(new FaultyStore());

    const { id } = await place(shop, LAMP);

    const { keys } = await shop.system.keys(placedOrder);
    assert.deepEqual(
      keys.map(({ key, schedules }) => [key, schedules]),
      [[[id], 1]],
    );
    await close(shop);
  });

  it("is not there after a read of its id", async () => {
    const store = new FaultyStore();
    const shop = shopOn(store);

    const order = shop.system.get(placedOrder, "54b44245");
    const found = await order.ask.show();
    await order.whenStopped();

    assert.equal(found, undefined);
    assert.deepEqual([await orderIds(shop), store.batches], [[], []]);
    await close(shop);
  });

  it("is placed once under an id", async () => {
    const shop = shopOn(new FaultyStore());
    const order = shop.system.get(placedOrder, "54b44245");
    const paid = { ...LAMP, totalCents: 4_900 };
    await order.ask.place(paid, 1_000);

    await assert.rejects(order.ask.place({ ...paid, quantity: 2 }, 1_000), {
      code: "ERR_ORDER_TAKEN",
    });

    assert.equal((await order.ask.show())?.quantity, 1);
    await close(shop);
  });

  const faults: readonly (readonly [StoreErrorCode, (store: FaultyStore) => void])[] = [
    ["ERR_STORE_FULL", (store) => store.refuse("ERR_STORE_FULL")],
    ["ERR_STORE_UNKNOWN_OUTCOME", (store) => store.lose("yes")],
    ["ERR_STORE_UNKNOWN_OUTCOME", (store) => store.lose("no")],
  ];
  for (const [code, fail] of faults) {
    it(`is not acknowledged, and is gone, when the store fails with ${code}`, async () => {
      const store = new FaultyStore();
      const shop = shopOn(store);
      const first = await place(shop, LAMP); // the desk has been stored, too
      fail(store);

      await assert.rejects(place(shop, LAMP), {
        code: code === "ERR_STORE_FULL" ? "ERR_SAVE_FAILED" : "ERR_SAVE_UNKNOWN",
      });
      const { id } = await place(shop, LAMP);

      assert.deepEqual(await orderIds(shop), [first.id, id].toSorted());
      await close(shop);
    });
  }
});
