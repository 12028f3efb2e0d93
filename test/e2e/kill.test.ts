import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Luck } from "../../src/demo/luck.ts";
import { DataFolder } from "../_support/data-folder.ts";
import { order, show } from "../_support/demo-client.ts";
import { DemoProcess } from "../_support/demo-process.ts";

const ORDERS = 50;
const KILLS = 4;
const CUSTOMERS = 4;
const ITEMS = ["lamp", "chair", "table"];
const SEED = 14;

/** Places orders, one after the other, until the demo is killed or there are enough. */
async function placeOrders(url: string, acknowledged: Set<string>, enough: number): Promise<void> {
  try {
    for (let turn = 0; acknowledged.size < enough; turn += 1) {
      const { status, json } = await order(url, { item: ITEMS[turn % 3], quantity: 1 });
      if (status === 200) acknowledged.add(json.id);
    }
  } catch (error) {
    // The demo was killed; whether the order was stored is not known, and nobody was told that it was.
    assert.match(String((error as NodeJS.ErrnoException).code), /^ECONN(?:RESET|REFUSED)$|^EPIPE$/);
  }
}

async function statusOf(url: string, id: string): Promise<unknown> {
  const { status, json } = await show(url, id);
  return status === 200 ? json.status : status;
}

describe("a demo that is killed again and again while orders are placed", () => {
  it(`has all of ${ORDERS} acknowledged orders when it is started again, and delivers them`, {
    timeout: 180_000,
  }, async () => {
    using folder = new DataFolder();
    const args = [
      ...["--no-load", "--no-console", "--payment-failure-rate", "0", "--slow-courier-ms", "1500"],
      ...["--data", folder.path],
    ];
    const luck = new Luck(SEED);
    const acknowledged = new Set<string>();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await using demo = await DemoProcess.open(args);
      const share = Math.ceil((ORDERS * kill) / KILLS);
      const customers = Array.from({ length: CUSTOMERS }, () =>
        placeOrders(demo.url, acknowledged, share),
      );
      // At any point of a request, of a commit or of a delivery.
      const timer = setTimeout(() => demo.signal("SIGKILL"), luck.between(300, 2_500));
      await Promise.all(customers);
      await demo.ended;
      clearTimeout(timer);
    }

    await using demo = await DemoProcess.open(args);
    await placeOrders(demo.url, acknowledged, ORDERS);
    assert.equal(acknowledged.size >= ORDERS, true);
    for (const id of acknowledged) {
      assert.match(String(await statusOf(demo.url, id)), /^(?:paid|delivered)$/, id);
    }
    for (const id of acknowledged) {
      if ((await statusOf(demo.url, id)) === "delivered") continue;
      await demo.line("order delivered", { order_id: id });
      assert.equal(await statusOf(demo.url, id), "delivered");
    }

    demo.signal("SIGTERM");
    const stopped = await demo.line("demo stopped");
    assert.deepEqual([stopped["killed"], stopped["dead_letters"]], [0, 0]);
  });
});
