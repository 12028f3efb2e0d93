import { setTimeout as delay } from "node:timers/promises";
import { type ActorContext, type ActorDefinition, Directive, defineActor } from "../../index.ts";
import type { Luck } from "../luck.ts";

/** The bank's answer. */
type Charge = { readonly approved: true } | { readonly approved: false; readonly reason: string };

/** Messages of the payment terminal. */
export type PaymentMessages = {
  /** Charges `cents`. Rejects with a {@link TerminalError} when the terminal breaks down. */
  charge(c: ActorContext<PaymentInput>, orderId: string, cents: number): Promise<Charge>;
  /** Gives back what was charged for an order that could not be stored. */
  refund(c: ActorContext<PaymentInput>, orderId: string, cents: number): void;
};

/** Input the payment terminal is spawned with. */
export interface PaymentInput {
  /** Share of charges that fail, 0 to 1. */
  readonly failureRate: number;
  readonly luck: Luck;
}

/** The desk finds the payment terminal by its name. */
export const PAYMENT = "payment";

/** The payment terminal broke down. Whether money moved is unknown. */
class TerminalError extends Error {
  override readonly name = "TerminalError";
  /** The code of an error is its `error.type` on spans and metrics. */
  readonly code = "ERR_PAYMENT_TERMINAL";
}

/** Share of the failures that break the terminal. The others are declined cards. */
const BREAKDOWN_SHARE = 0.2;
const DECLINE_REASONS = ["insufficient funds", "card expired", "limit exceeded"] as const;

/** How long the terminal takes to connect, and the minimum and maximum duration of a charge. */
const CONNECT_MS = 20;
const CHARGE_MS = { low: 10, high: 40 };

/** A card terminal: slow, sometimes declining, and restarted when it breaks down. */
export const payment: ActorDefinition<PaymentInput, PaymentInput, PaymentMessages> = defineActor(
  "payment",
  {
    state: (input: PaymentInput) => input,

    // Breakdowns are part of the demo, so the terminal is always restarted, however high their rate.
    restart: { maxRestarts: 100, windowMs: 1_000 },

    async onStart(c) {
      await delay(CONNECT_MS, undefined, { signal: c.signal });
    },

    /** The caller of an ask gets the error in any case; the terminal needs a restart. */
    onFailure(_c, { error }) {
      return error instanceof TerminalError ? Directive.Restart : undefined;
    },

    handlers: {
      async charge(c, orderId, cents) {
        const { failureRate, luck } = c.state;
        await delay(luck.between(CHARGE_MS.low, CHARGE_MS.high), undefined, { signal: c.signal });
        if (!luck.chance(failureRate)) {
          c.log.info({ order_id: orderId, cents }, "payment approved");
          return { approved: true };
        }
        if (luck.chance(BREAKDOWN_SHARE))
          throw new TerminalError("the payment terminal broke down");
        const reason = luck.pick(DECLINE_REASONS);
        c.log.warn({ order_id: orderId, cents, reason }, "payment declined");
        return { approved: false, reason };
      },

      refund(c, orderId, cents) {
        c.log.warn({ order_id: orderId, cents }, "payment refunded");
      },
    },
  },
);
