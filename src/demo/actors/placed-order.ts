import {
  defineKeyedActor,
  type EventDefinition,
  event,
  type KeyedDefinition,
  type MessageHandlers,
  type NoQueues,
} from "../../index.ts";
import { FLEET, fleet } from "./fleet.ts";
import { type Order, OrderStatus, type PaidOrder } from "./order.ts";

/** Messages of an order. Its key is the id of the order. */
export type OrderMessages = {
  /** Records what was paid for, and schedules the delivery. The reply means that both are stored. */
  place(paid: PaidOrder, driveMs: number): Order;
  /** Returns the order; `undefined` if none was placed under this id. */
  show(): Order | undefined;
  /** Removes the order, for a customer who was told that nothing was ordered. */
  cancel(): void;
  /** Sends a courier. The order does so by its own schedule. */
  deliver(): Promise<void>;
};

/** Events of an order. */
type OrderEvents = {
  /** The goods have been handed over. */
  readonly delivered: EventDefinition<Order>;
};

/** An order, as the gateway and its clients know it. */
export type OrderDefinition = KeyedDefinition<
  "order",
  undefined,
  MessageHandlers<OrderMessages>,
  NoQueues,
  "reject",
  OrderEvents
>;

/** Another order has the id. */
class TakenError extends Error {
  override readonly name = "TakenError";
  readonly code = "ERR_ORDER_TAKEN";
}

interface OrderState {
  /** `null` until it is placed. */
  order: Order | null;
}

/** Shorter than most couriers drive, so that orders sleep until they are delivered. */
const IDLE_MS = 2_000;
/** How long an order can be read after its last use. */
const KEPT_MS = 3_600_000;
/** How long a courier may take at the door. Afterwards the schedule sends another one. */
const DELIVERY_TIMEOUT_MS = 5_000;
/** A schedule of the same id would replace it: an order has one delivery. */
const DELIVERY = "delivery";

/** One order: stored, asleep most of the time, and woken by requests for it and by its delivery. */
export const placedOrder: OrderDefinition = defineKeyedActor("order", {
  messages: {} as OrderMessages,
  state: (): OrderState => ({ order: null }),
  events: { delivered: event<Order>() },
  idleMs: IDLE_MS,
  expireAfterMs: KEPT_MS,
  handlers: {
    place(c, paid, driveMs) {
      const [id = ""] = c.key;
      if (c.state.order !== null) throw new TakenError(`order ${id} has been placed before`);
      const order = { id, ...paid, status: OrderStatus.Paid };
      c.state.order = order;
      c.schedule.after(driveMs, { id: DELIVERY }).deliver(); // stored together with the state
      return order;
    },

    show(c) {
      const { order } = c.state;
      if (order !== null) return order;
      c.destroy(); // reading an id must not create an order
      return undefined;
    },

    cancel: (c) => c.destroy(),

    async deliver(c) {
      const { order } = c.state;
      if (order === null) return;
      const couriers = c.system.find(fleet, FLEET) ?? c.system.spawn(fleet, { name: FLEET });
      await couriers.with({ timeoutMs: DELIVERY_TIMEOUT_MS }).ask.send(order.id);
      const delivered = { ...order, status: OrderStatus.Delivered };
      c.state.order = delivered;
      c.broadcast("delivered", delivered); // once it is stored
      c.log.info({ order_id: order.id }, "order delivered");
    },
  },
});
