import type { Logger } from "pino";
import { type ActorRef, type ActorSystem, createSystem } from "../index.ts";
import { courier } from "./actors/courier.ts";
import { type DeskMessages, desk } from "./actors/desk.ts";
import { inventory } from "./actors/inventory.ts";
import { type LedgerMessages, ledger } from "./actors/ledger.ts";
import { payment } from "./actors/payment.ts";
import { Luck } from "./luck.ts";

/** Options of {@link openShop}. */
export interface ShopOptions {
  readonly logger: Logger;
  /** Share of payments that fail, 0 to 1. */
  readonly paymentFailureRate: number;
  /** Average time a courier drives, in milliseconds; varies by a quarter. */
  readonly slowCourierMs: number;
  readonly seed: number;
}

/** The actors that the server uses, and their system. */
export interface Shop {
  readonly system: ActorSystem;
  readonly desk: ActorRef<DeskMessages>;
  readonly ledger: ActorRef<LedgerMessages>;
}

/** How long actors wait for each other's answers, and the deadline of the system's shutdown. */
const ASK_TIMEOUT_MS = 1_000;
const SHUTDOWN_DEADLINE_MS = 3_000;

/** Starts the actors of the shop and connects them. */
export function openShop(options: ShopOptions): Shop {
  const { logger, paymentFailureRate, slowCourierMs, seed } = options;
  const system = createSystem({
    name: "shop",
    actors: [desk, inventory, payment, courier, ledger],
    logger,
    askTimeoutMs: ASK_TIMEOUT_MS,
    shutdownDeadlineMs: SHUTDOWN_DEADLINE_MS,
  });
  const books = system.spawn(ledger, { name: "ledger" });
  const till = system.spawn(payment, {
    input: { failureRate: paymentFailureRate, luck: new Luck(seed) },
  });
  const clerk = system.spawn(desk, {
    input: {
      inventory: system.spawn(inventory),
      payment: till,
      ledger: books,
      courierMs: slowCourierMs,
      luck: new Luck(seed + 1),
    },
  });
  return { system, desk: clerk, ledger: books };
}
