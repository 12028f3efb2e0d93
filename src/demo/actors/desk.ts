import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ActorContext,
  type ActorDefinition,
  type ActorRef,
  defineActor,
} from "../../index.ts";
import type { Luck } from "../luck.ts";
import type { InventoryMessages } from "./inventory.ts";
import {
  type Order,
  type OrderRequest,
  type PaidOrder,
  type Placement,
  PRICE_CENTS,
} from "./order.ts";
import type { PaymentMessages } from "./payment.ts";
import { placedOrder } from "./placed-order.ts";

/** Messages of the desk. */
export type DeskMessages = {
  /**
   * Reserves the goods, charges for them and stores the order. Rejects when the payment terminal breaks down or the order
   * cannot be stored; nothing is ordered then.
   */
  place(c: DeskContext, request: OrderRequest): Promise<Placement>;
};

/** Input the desk is spawned with: the actors it works with, and how long couriers drive. */
export interface DeskInput {
  readonly inventory: ActorRef<InventoryMessages>;
  readonly payment: ActorRef<PaymentMessages>;
  readonly courierMs: number;
  readonly luck: Luck;
  /** Called when an order is stored. */
  readonly onPlaced: (orderId: string) => void;
}

type DeskContext = ActorContext<DeskInput>;

/** Maximum number of waiting orders, two to three seconds' worth. Further ones are rejected at once. */
const QUEUE_LIMIT = 100;

/** How long it takes to write and send a receipt. */
const RECEIPT_MS = { low: 20, high: 120 };

/** Takes orders one after the other, and follows each one until it is stored. */
export const desk: ActorDefinition<DeskInput, DeskInput, DeskMessages> = defineActor("desk", {
  state: (input: DeskInput) => input,
  mailbox: { limit: QUEUE_LIMIT },
  handlers: {
    async place(c, request) {
      const { item, quantity } = request;
      const { inventory } = c.state;
      const { granted, left } = await inventory.ask.reserve(item, quantity);
      if (!granted) return { outcome: "out_of_stock", left };

      let order: Order | undefined;
      try {
        const id = randomUUID().slice(0, 8);
        const paid = { item, quantity, totalCents: quantity * PRICE_CENTS[item] };
        const charge = await c.state.payment.ask.charge(id, paid.totalCents);
        if (!charge.approved) return { outcome: "declined", reason: charge.reason };
        order = await storeOrder(c, id, paid);
      } finally {
        // Unless the order is placed, the goods go back on the shelf.
        if (order === undefined) inventory.tell.release(item, quantity);
      }

      const { id } = order;
      c.state.onPlaced(id);
      c.spawnTask("receipt", (signal) => sendReceipt(c, id, signal));
      c.log.info({ order_id: id, item, quantity }, "order placed");
      return { outcome: "placed", order };
    },
  },
});

/** Hands a paid order over to an actor of its own. The order is placed when this has resolved, and not before. */
async function storeOrder(c: DeskContext, id: string, paid: PaidOrder): Promise<Order> {
  const { payment, courierMs, luck } = c.state;
  const ref = c.system.get(placedOrder, id);
  try {
    return await ref.ask.place(paid, courierMs * luck.between(0.75, 1.25));
  } catch (error) {
    ref.tell.cancel(); // after a time-out or an unknown outcome, it may be stored all the same
    payment.tell.refund(id, paid.totalCents);
    throw error;
  }
}

/** Runs as a task, beside the handlers, so that the customer does not wait for the receipt. */
async function sendReceipt(c: DeskContext, orderId: string, signal: AbortSignal): Promise<void> {
  await delay(c.state.luck.between(RECEIPT_MS.low, RECEIPT_MS.high), undefined, { signal });
  c.log.info({ order_id: orderId }, "receipt sent");
}
