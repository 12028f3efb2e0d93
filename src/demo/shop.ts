import type { Logger } from "pino";
import {
  type ActorRef,
  type ActorSystem,
  createSystem,
  type KeyedRef,
  type MessageHandlers,
} from "../index.ts";
import type { Store } from "../store.ts";
import { courier } from "./actors/courier.ts";
import { type DeskMessages, desk } from "./actors/desk.ts";
import { FLEET, fleet } from "./actors/fleet.ts";
import { inventory } from "./actors/inventory.ts";
import { payment } from "./actors/payment.ts";
import { type OrderMessages, placedOrder } from "./actors/placed-order.ts";
import { Luck } from "./luck.ts";

/** Options of {@link openShop}. */
export interface ShopOptions {
  readonly logger: Logger;
  /** Where orders are stored. The system closes it at its shutdown. */
  readonly store: Store;
  /** Share of payments that fail, 0 to 1. */
  readonly paymentFailureRate: number;
  /** Average time from an order to its delivery, in milliseconds; varies by a quarter. */
  readonly slowCourierMs: number;
  readonly seed: number;
  /** Called with the id of each order that is stored. */
  readonly onPlaced?: (orderId: string) => void;
}

/** What the server uses: the desk, the orders and their system. */
export interface Shop {
  readonly system: ActorSystem;
  readonly desk: ActorRef<DeskMessages>;
  /** Returns the order of an id, which need not have been placed. */
  readonly order: (id: string) => KeyedRef<MessageHandlers<OrderMessages>>;
}

/** How long actors wait for each other's answers, and the deadline of the system's shutdown. */
const ASK_TIMEOUT_MS = 1_000;
const SHUTDOWN_DEADLINE_MS = 3_000;

/** Starts the actors of the shop and connects them. Stored deliveries go on from here. */
export function openShop(options: ShopOptions): Shop {
  const { logger, store, paymentFailureRate, slowCourierMs, seed, onPlaced = () => {} } = options;
  const system = createSystem({
    name: "shop",
    actors: [desk, inventory, payment, placedOrder, fleet, courier],
    store,
    logger,
    askTimeoutMs: ASK_TIMEOUT_MS,
    shutdownDeadlineMs: SHUTDOWN_DEADLINE_MS,
  });
  const till = system.spawn(payment, {
    input: { failureRate: paymentFailureRate, luck: new Luck(seed) },
  });
  const clerk = system.spawn(desk, {
    input: {
      inventory: system.spawn(inventory),
      payment: till,
      courierMs: slowCourierMs,
      luck: new Luck(seed + 1),
      onPlaced,
    },
  });
  system.spawn(fleet, { name: FLEET });
  return { system, desk: clerk, order: (id) => system.get(placedOrder, id) };
}
