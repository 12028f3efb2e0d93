import { setTimeout as delay } from "node:timers/promises";
import {
  type ActorContext,
  type ActorDefinition,
  type ActorRef,
  defineActor,
} from "../../index.ts";

/** Messages of a branch. */
export type BranchMessages = {
  /** Receives money. */
  receive(c: BranchContext, cents: number): number;
  /**
   * Sends money to another branch and waits for the receipt. Two branches that do so at the same time
   * deadlock.
   */
  transfer(c: BranchContext, to: ActorRef<BranchMessages>, cents: number): Promise<void>;
};

interface BranchState {
  balanceCents: number;
}

type BranchContext = ActorContext<BranchState>;

/** Time between the start of a transfer and its ask, long enough for both transfers to have started. */
const COUNTING_MS = 50;
/** How long a branch waits for the other's receipt. */
const PATIENCE_MS = 6_000;

/** A branch of the shop's bank, written without regard to deadlocks. */
export const branch: ActorDefinition<BranchState, undefined, BranchMessages> = defineActor(
  "branch",
  {
    state: (): BranchState => ({ balanceCents: 100_000 }),
    handlers: {
      receive(c, cents) {
        c.state.balanceCents += cents;
        return c.state.balanceCents;
      },
      async transfer(c, to, cents) {
        c.state.balanceCents -= cents;
        await delay(COUNTING_MS, undefined, { signal: c.signal });
        try {
          await to.with({ timeoutMs: PATIENCE_MS }).ask.receive(cents);
          c.log.info({ to: to.id, cents }, "transfer done");
        } catch (err) {
          c.state.balanceCents += cents;
          c.log.warn({ to: to.id, cents, err }, "transfer given up");
        }
      },
    },
  },
);
