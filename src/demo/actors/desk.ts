import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ActorContext,
  type ActorDefinition,
  type ActorRef,
  defineActor,
} from "../../index.ts";
import type { Luck } from "../luck.ts";
import { courier } from "./courier.ts";
import type { InventoryMessages } from "./inventory.ts";
import type { LedgerMessages } from "./ledger.ts";
import {
  type Order,
  type OrderRequest,
  OrderStatus,
  type Placement,
  PRICE_CENTS,
} from "./order.ts";
import type { Charge, PaymentMessages } from "./payment.ts";

/** Messages of the desk. */
export type DeskMessages = {
  /** Reserves, charges and sends a courier. Rejects when the payment terminal breaks down. */
  place(c: DeskContext, request: OrderRequest): Promise<Placement>;
};

/** Input the desk is spawned with: the actors it works with, and how long a courier drives. */
export interface DeskInput {
  readonly inventory: ActorRef<InventoryMessages>;
  readonly payment: ActorRef<PaymentMessages>;
  readonly ledger: ActorRef<LedgerMessages>;
  readonly courierMs: number;
  readonly luck: Luck;
}

type DeskContext = ActorContext<DeskInput>;

/** Maximum number of waiting orders, two to three seconds' worth. Further ones are rejected at once. */
const QUEUE_LIMIT = 100;

/** How long it takes to write and send a receipt. */
const RECEIPT_MS = { low: 20, high: 120 };

/** Takes orders one after the other, and follows each one until a courier has it. */
export const desk: ActorDefinition<DeskInput, DeskInput, DeskMessages> = defineActor("desk", {
  state: (input: DeskInput) => input,
  mailbox: { limit: QUEUE_LIMIT },
  handlers: {
    async place(c, request) {
      const { item, quantity } = request;
      const { inventory, ledger } = c.state;
      const { granted, left } = await inventory.ask.reserve(item, quantity);
      if (!granted) return { outcome: "out_of_stock", left };

      const order = toOrder(request);
      const charge = await chargeOrRelease(c, order);
      if (!charge.approved) return { outcome: "declined", reason: charge.reason };

      ledger.tell.record(order);
      c.spawnTask("receipt", (signal) => sendReceipt(c, order, signal));
      dispatch(c, order);
      c.log.info({ order_id: order.id, item, quantity }, "order placed");
      return { outcome: "placed", order };
    },
  },
});

function toOrder({ item, quantity }: OrderRequest): Order {
  const id = randomUUID().slice(0, 8);
  return { id, item, quantity, totalCents: quantity * PRICE_CENTS[item], status: OrderStatus.Paid };
}

/** Charges for the order. Unless the charge is approved, the goods go back on the shelf. */
async function chargeOrRelease(c: DeskContext, order: Order): Promise<Charge> {
  const { payment, inventory } = c.state;
  let paid = false;
  try {
    const charge = await payment.ask.charge(order.id, order.totalCents);
    paid = charge.approved;
    return charge;
  } finally {
    if (!paid) inventory.tell.release(order.item, order.quantity);
  }
}

/** Runs as a task, beside the handlers, so that the customer does not wait for the receipt. */
async function sendReceipt(c: DeskContext, order: Order, signal: AbortSignal): Promise<void> {
  await delay(c.state.luck.between(RECEIPT_MS.low, RECEIPT_MS.high), undefined, { signal });
  c.log.info({ order_id: order.id }, "receipt sent");
}

/** Spawns a courier for the order. */
function dispatch(c: DeskContext, order: Order): void {
  const { ledger, courierMs, luck } = c.state;
  const driveMs = courierMs * luck.between(0.75, 1.25);
  c.spawnChild(courier, { input: { order, driveMs, ledger } }).tell.deliver();
}
