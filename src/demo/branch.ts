import { setTimeout as delay } from "node:timers/promises";
import { type ActorContext, type ActorDefinition, type ActorRef, defineActor } from "../index.ts";

/** What a branch can be asked. */
export type BranchMessages = {
  /** Takes money in. */
  receive(c: BranchContext, cents: number): number;
  /** Sends money to another branch and waits until that has it: two that do so at once never get to it. */
  transfer(c: BranchContext, to: ActorRef<BranchMessages>, cents: number): Promise<void>;
};

interface BranchState {
  balanceCents: number;
}

type BranchContext = ActorContext<BranchState>;

/** Both transfers are under way before either asks. */
const COUNTING_MS = 50;
/** How long a branch waits for the other's receipt. */
const PATIENCE_MS = 6_000;

/** A branch of the shop's bank, as one writes it before one has met a deadlock. */
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
