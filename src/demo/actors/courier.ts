import { setTimeout as delay } from "node:timers/promises";
import {
  type ActorContext,
  type ActorDefinition,
  type ActorRef,
  defineActor,
} from "../../index.ts";
import type { LedgerMessages } from "./ledger.ts";
import { type Order, OrderStatus } from "./order.ts";

/** Messages of a courier. */
export type CourierMessages = {
  /** Drives to the customer. This is the courier's only job, after which it stops. */
  deliver(c: ActorContext<CourierInput>): Promise<void>;
};

/** Input a courier is spawned with. */
export interface CourierInput {
  readonly order: Order;
  readonly driveMs: number;
  readonly ledger: ActorRef<LedgerMessages>;
}

/** Delivers one order and stops. An actor is cheap enough to use one per delivery. */
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
