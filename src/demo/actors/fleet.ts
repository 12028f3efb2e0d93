import {
  type ActorContext,
  type ActorDefinition,
  defineActor,
  type LaterReply,
} from "../../index.ts";
import { courier } from "./courier.ts";

/** Messages of the fleet. */
export type FleetMessages = {
  /** Sends a courier. The reply is the courier's: the goods have been handed over. */
  send(c: ActorContext<undefined>, orderId: string): LaterReply<void>;
};

/** Orders find the fleet by its name. */
export const FLEET = "fleet";

/** Has a courier for each delivery, and is free for the next one at once. */
export const fleet: ActorDefinition<undefined, undefined, FleetMessages> = defineActor("fleet", {
  handlers: {
    send: (c, orderId) => c.forward(c.spawnChild(courier, { input: orderId })).handOver(),
  },
});
