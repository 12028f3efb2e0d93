import { type ActorContext, type ActorDefinition, defineActor } from "../index.ts";
import type { Order, OrderStatus } from "./order.ts";

/** What the ledger can be told and asked. */
export type LedgerMessages = {
  /** Writes a new order down. */
  record(c: ActorContext<LedgerState>, order: Order): void;
  /** Notes how far an order has come. */
  advance(c: ActorContext<LedgerState>, orderId: string, status: OrderStatus): void;
  /** The order of that id, unless there is none or it has been forgotten. */
  find(c: ActorContext<LedgerState>, orderId: string): Order | undefined;
};

interface LedgerState {
  /** Oldest first. */
  readonly orders: Map<string, Order>;
}

/** Orders the ledger remembers; the oldest is forgotten first. */
const REMEMBERED = 10_000;

/**
 * Remembers orders. Everybody tells it and waits for nothing, so that reading an order never queues
 * behind the desk, which is busy placing the next one.
 */
export const ledger: ActorDefinition<LedgerState, undefined, LedgerMessages> = defineActor(
  "ledger",
  {
    state: () => ({ orders: new Map() }),
    handlers: {
      record(c, order) {
        const { orders } = c.state;
        orders.set(order.id, order);
        if (orders.size <= REMEMBERED) return;
        const [oldest] = orders.keys();
        if (oldest !== undefined) orders.delete(oldest);
      },

      advance(c, orderId, status) {
        const order = c.state.orders.get(orderId);
        if (order !== undefined) c.state.orders.set(orderId, { ...order, status });
      },

      find(c, orderId) {
        return c.state.orders.get(orderId);
      },
    },
  },
);
