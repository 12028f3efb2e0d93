import { setTimeout as delay } from "node:timers/promises";
import { type ActorContext, type ActorDefinition, defineActor } from "../../index.ts";

/** Messages of a courier. */
export type CourierMessages = {
  /** Hands the goods over at the customer's door. This is the courier's only job, after which it stops. */
  handOver(c: ActorContext<string>): Promise<void>;
};

const AT_THE_DOOR_MS = 500;

/**
 * Brings the goods of one order, whose id is its input, and stops. An actor is cheap enough to use one per delivery.
 * Nothing of it is stored: if the process ends, the order sends another courier.
 */
export const courier: ActorDefinition<string, string, CourierMessages> = defineActor("courier", {
  state: (orderId: string) => orderId,
  handlers: {
    async handOver(c) {
      await delay(AT_THE_DOOR_MS, undefined, { signal: c.signal });
      c.log.info({ order_id: c.state }, "goods handed over");
      c.stop();
    },
  },
});
