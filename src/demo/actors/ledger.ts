import { type ActorContext, type ActorDefinition, defineActor } from "../../index.ts";
import type { Order, OrderStatus } from "./order.ts";

/** Messages of the ledger. */
export type LedgerMessages = {
  /** Records a new order. */
  record(c: ActorContext<LedgerState>, order: Order): void;
  /** Records the status of an order. */
  advance(c: ActorContext<LedgerState>, orderId: string, status: OrderStatus): void;
  /** Returns the order with that id, or `undefined` if it is unknown or has been dropped. */
  find(c: ActorContext<LedgerState>, orderId: string): Order | undefined;
};

interface LedgerState {
  /** Oldest first. */
  readonly orders: Map<string, Order>;
}

/** Maximum number of orders kept. The oldest is dropped first. */
const REMEMBERED = 10_000;

/**
 * Stores orders. Other actors use `tell` and never wait for it, so reading an order does not queue behind the
 * desk, which is busy placing the next one.
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
