import { setTimeout as delay } from "node:timers/promises";
import {
  type ActorContext,
  type ActorDefinition,
  type ActorRef,
  defineActor,
} from "../../index.ts";

/** Messages of the carrier. */
export type CarrierMessages = {
  /** Asks the lorry by radio, which is slow to answer. */
  locate(c: ActorContext<undefined>, orderId: string): Promise<string>;
};

/** Messages of tracking. */
export type TrackingMessages = {
  /** Returns where an order is. */
  track(c: ActorContext<ActorRef<CarrierMessages>>, orderId: string): Promise<string>;
};

/** How long the lorry does not answer. */
const SILENCE_MS = 8_000;
/** A handler that takes longer is reported as stuck. */
const STUCK_AFTER_MS = 1_000;

/** Knows where lorries are, once they answer. */
export const carrier: ActorDefinition<undefined, undefined, CarrierMessages> = defineActor(
  "carrier",
  {
    stuckAfterMs: STUCK_AFTER_MS,
    handlers: {
      locate: (c, orderId) => delay(SILENCE_MS, `${orderId} is on the road`, { signal: c.signal }),
    },
  },
);

/** Answers customers, by asking the carrier. */
export const tracking: ActorDefinition<
  ActorRef<CarrierMessages>,
  ActorRef<CarrierMessages>,
  TrackingMessages
> = defineActor("tracking", {
  state: (lorries: ActorRef<CarrierMessages>) => lorries,
  stuckAfterMs: STUCK_AFTER_MS,
  handlers: {
    track: (c, orderId) => c.state.with({ timeoutMs: 2 * SILENCE_MS }).ask.locate(orderId),
  },
});
