import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ActorRef,
  defineKeyedActor,
  type KeyedDefinition,
  type KeyedRef,
  type MessageHandlers,
  PublicError,
} from "../../index.ts";
import type { Luck } from "../luck.ts";
import { INVENTORY, inventory } from "./inventory.ts";
import { type Order, type OrderRequest, type PaidOrder, PRICE_CENTS } from "./order.ts";
import { PAYMENT, type PaymentMessages, payment } from "./payment.ts";
import { type OrderMessages, placedOrder } from "./placed-order.ts";

/** Messages of the desk. */
type DeskMessages = {
  /**
   * Reserves the goods, charges for them and stores the order. Rejects with a {@link PublicError} `OUT_OF_STOCK` or
   * `PAYMENT_DECLINED`, and when the payment terminal breaks down or the order cannot be stored; nothing is ordered then.
   */
  place(request: OrderRequest): Promise<Order>;
};

/** The desk, as the gateway and its clients know it. */
export type DeskDefinition = KeyedDefinition<"desk", undefined, MessageHandlers<DeskMessages>>;

/** What the desk needs besides the actors, which it finds by their names. */
export interface DeskParts {
  /** Average time that a courier drives, in milliseconds; varies by a quarter. */
  readonly courierMs: number;
  readonly luck: Luck;
  /** Called when an order is stored. */
  readonly onPlaced: (orderId: string) => void;
}

/** The shop has one desk, under this key. */
export const DESK = "main";

/** Maximum number of waiting orders, two to three seconds' worth. Further ones are rejected at once. */
const QUEUE_LIMIT = 100;

/** How long it takes to write and send a receipt. */
const RECEIPT_MS = { low: 20, high: 120 };

/** The shop cannot take orders. */
class ClosedError extends Error {
  override readonly name = "ClosedError";
  readonly code = "ERR_SHOP_CLOSED";
}

/** Defines the actor that takes orders one after the other, and follows each one until it is stored. */
export function defineDesk({ courierMs, luck, onPlaced }: DeskParts): DeskDefinition {
  return defineKeyedActor("desk", {
    messages: {} as DeskMessages,
    mailbox: { limit: QUEUE_LIMIT },
    handlers: {
      async place(c, { item, quantity }) {
        const shelves = found(c.system.find(inventory, INVENTORY));
        const terminal = found(c.system.find(payment, PAYMENT));
        const { granted, left } = await shelves.ask.reserve(item, quantity);
        if (!granted) throw refusal("OUT_OF_STOCK", 409, `only ${left} left`);

        let order: Order | undefined;
        try {
          const id = randomUUID().slice(0, 8);
          const paid = { item, quantity, totalCents: quantity * PRICE_CENTS[item] };
          const charge = await terminal.ask.charge(id, paid.totalCents);
          if (!charge.approved) throw refusal("PAYMENT_DECLINED", 402, charge.reason);
          const driveMs = courierMs * luck.between(0.75, 1.25);
          order = await storeOrder(c.system.get(placedOrder, id), terminal, paid, driveMs);
        } finally {
          // Unless the order is placed, the goods go back on the shelf.
          if (order === undefined) shelves.tell.release(item, quantity);
        }

        const { id } = order;
        onPlaced(id);
        // A task runs beside the handlers, so that the customer does not wait for the receipt.
        c.spawnTask("receipt", async (signal) => {
          await delay(luck.between(RECEIPT_MS.low, RECEIPT_MS.high), undefined, { signal });
          c.log.info({ order_id: id }, "receipt sent");
        });
        c.log.info({ order_id: id, item, quantity }, "order placed");
        return order;
      },
    },
  });
}

/** The customer is told of it, and why. */
function refusal(code: string, status: number, message: string): PublicError {
  return new PublicError(message, { code, status });
}

/** They are there while the shop is open, unless one was stopped by hand. */
function found<Ref>(ref: Ref | undefined): Ref {
  if (ref === undefined) throw new ClosedError("the inventory or the payment terminal has stopped");
  return ref;
}

/** Hands a paid order over to an actor of its own. The order is placed when this has resolved, and not before. */
async function storeOrder(
  ref: KeyedRef<MessageHandlers<OrderMessages>>,
  terminal: ActorRef<PaymentMessages>,
  paid: PaidOrder,
  driveMs: number,
): Promise<Order> {
  try {
    return await ref.ask.place(paid, driveMs);
  } catch (error) {
    ref.tell.cancel(); // after a time-out or an unknown outcome, it may be stored all the same
    terminal.tell.refund(ref.key.join(), paid.totalCents);
    throw error;
  }
}
