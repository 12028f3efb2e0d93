import type { Logger } from "pino";
import { createSystem, type MonitoredSystem } from "../index.ts";
import { courier } from "./actors/courier.ts";
import { type DeskDefinition, defineDesk } from "./actors/desk.ts";
import { FLEET, fleet } from "./actors/fleet.ts";
import { INVENTORY, inventory } from "./actors/inventory.ts";
import { PAYMENT, payment } from "./actors/payment.ts";
import { placedOrder } from "./actors/placed-order.ts";
import type { DemoData } from "./demo-data.ts";
import { Luck } from "./luck.ts";

/** Options of {@link createShop}. */
export interface ShopOptions {
  readonly logger: Logger;
  /** Where orders are stored. The system closes it at its shutdown. */
  readonly home: DemoData["home"];
  /** Share of payments that fail, 0 to 1. */
  readonly paymentFailureRate: number;
  /** Average time from an order to its delivery, in milliseconds; varies by a quarter. */
  readonly slowCourierMs: number;
  readonly seed: number;
  /** Called with the id of each order that is stored. */
  readonly onPlaced?: (orderId: string) => void;
}

/** The shop: its system, and what is reached from outside besides orders. */
export interface Shop {
  readonly system: MonitoredSystem;
  readonly desk: DeskDefinition;
  /** Starts the actors that have no key. */
  open(): void;
}

/** How long actors wait for each other's answers. */
const ASK_TIMEOUT_MS = 1_000;
/** Half of it is the time that accepted requests have to be answered, which is more than they take. */
const SHUTDOWN_DEADLINE_MS = 6_000;

/** Creates the system of the shop, which is closed yet. Stored deliveries go on from here. */
export function createShop(options: ShopOptions): Shop {
  const { logger, home, paymentFailureRate, slowCourierMs, seed, onPlaced = () => {} } = options;
  const desk = defineDesk({ courierMs: slowCourierMs, luck: new Luck(seed + 1), onPlaced });
  const system = createSystem({
    name: "shop",
    actors: [desk, inventory, payment, placedOrder, fleet, courier],
    ...home,
    logger,
    askTimeoutMs: ASK_TIMEOUT_MS,
    shutdownDeadlineMs: SHUTDOWN_DEADLINE_MS,
  });
  return {
    system,
    desk,
    open() {
      const input = { failureRate: paymentFailureRate, luck: new Luck(seed) };
      system.spawn(payment, { name: PAYMENT, input });
      system.spawn(inventory, { name: INVENTORY });
      if (system.find(fleet, FLEET) === undefined) system.spawn(fleet, { name: FLEET });
    },
  };
}
