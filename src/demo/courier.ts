import { setTimeout as delay } from "node:timers/promises";
import { type ActorContext, type ActorDefinition, type ActorRef, defineActor } from "../index.ts";
import type { LedgerMessages } from "./ledger.ts";
import { type Order, OrderStatus } from "./order.ts";

/** What a courier can be told. */
export type CourierMessages = {
  /** Drives to the customer; the courier's only job, after which it stops. */
  deliver(c: ActorContext<CourierInput>): Promise<void>;
};

/** What a courier is spawned with. */
export interface CourierInput {
  readonly order: Order;
  readonly driveMs: number;
  readonly ledger: ActorRef<LedgerMessages>;
}

/** Delivers one order and is gone: an actor costs so little that each delivery has its own. */
export const courier: ActorDefinition<CourierInput, CourierInput, CourierMessages> = defineActor(
  "courier",
  {
    state: (input: CourierInput) => input,
    handlers: {
      async deliver(c) {
        const { order, driveMs, ledger } = c.state;
        await delay(driveMs, undefined, { signal: c.signal });
        ledger.tell.advance(order.id, OrderStatus.Delivered);
        c.log.info({ order_id: order.id, drive_ms: Math.round(driveMs) }, "order delivered");
        c.stop();
      },
    },
  },
);
