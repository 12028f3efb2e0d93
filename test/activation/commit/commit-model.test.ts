import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Committer } from "../../../src/activation/commit/committer.ts";
import { PendingWrites } from "../../../src/activation/commit/pending-writes.ts";
import { ABSENT, WriteKind } from "../../../src/store/contract/store.ts";
import { ManualClock } from "../../../src/testing.ts";
import { FaultyStore } from "../../_support/faulty-store.ts";

/** What may happen to a batch, or between batches. */
type Step =
  | "change"
  | "commit"
  | "wait"
  | "full"
  | "overloaded"
  | "lost_written"
  | "lost_unwritten"
  | "lost_late"
  | "overtaken"
  | "killed";

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>("change") },
  { weight: 6, arbitrary: fc.constant<Step>("commit") },
  { weight: 3, arbitrary: fc.constantFrom<Step>("lost_late", "overtaken") },
  { weight: 3, arbitrary: fc.constant<Step>("wait") },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>(
      "full",
      "overloaded",
      "lost_written",
      "lost_unwritten",
      "killed",
    ),
  },
);

/** An actor that counts. Its record, its state and a value of its own always have the same number. */
class CountingActor {
  readonly store: FaultyStore = new FaultyStore();
  readonly clock: ManualClock = new ManualClock();
  readonly writes: PendingWrites = new PendingWrites();
  /** The highest number whose commit was acknowledged. */
  acknowledged = 0;
  #count = 0;
  #taken = 0;
  #committer: Committer | undefined;
  readonly #commits: Promise<unknown>[] = [];

  /** Begins an activation with what is stored. */
  async wake(): Promise<void> {
    const meta = await this.store.get("m");
    this.#count = Number((await this.store.text("s")) ?? 0);
    this.#taken = this.#count;
    this.writes.drop();
    const committer = new Committer({
      store: this.store,
      metaKey: "m",
      revision: meta?.revision ?? ABSENT,
      who: "counter/a",
      clock: this.clock,
      luck: () => 0,
      compose: () => {
        if (this.#taken === this.#count) return undefined;
        this.#taken = this.#count;
        const value = Buffer.from(String(this.#count));
        const state = { kind: WriteKind.Put, key: "s", value };
        return { meta: value, operations: [state, ...this.writes.take()] };
      },
      ended: ({ error }) => {
        if (error === undefined) this.writes.settle();
      },
    });
    this.#committer = committer;
  }

  change(): void {
    this.#count += 1;
    this.writes.put("v", Buffer.from(String(this.#count)));
  }

  commit(): void {
    const count = this.#count;
    const commit = this.#committer?.commit();
    if (commit === undefined) return;
    const acknowledge = (): void => {
      this.acknowledged = Math.max(this.acknowledged, count);
    };
    this.#commits.push(commit.then(acknowledge, () => "failed"));
  }

  /** Waits for all commits; an actor with one that failed wakes again. */
  async settle(): Promise<void> {
    let isDone = false;
    const done = Promise.all(this.#commits).then((results) => {
      isDone = true;
      return results;
    });
    while (!isDone) await this.clock.advance(1_000);
    const failed = (await done).includes("failed");
    this.#commits.length = 0;
    if (failed) await this.wake();
  }

  /** Ends the activation at any moment; the next one waits until nothing of it is under way. */
  async kill(): Promise<void> {
    const killed = this.#committer;
    killed?.close(() => new Error("killed"));
    await this.settle();
    await killed?.whenSettled();
    await this.wake();
  }
}

async function take(actor: CountingActor, step: Step): Promise<void> {
  const { store } = actor;
  switch (step) {
    case "change":
      actor.change();
      return;
    case "commit":
      actor.commit();
      return;
    case "wait":
      await actor.settle();
      return;
    case "full":
      store.refuse("ERR_STORE_FULL");
      return;
    case "overloaded":
      store.refuse("ERR_STORE_OVERLOADED", 2);
      return;
    case "lost_written":
      store.lose("yes");
      return;
    case "lost_unwritten":
      store.lose("no");
      return;
    case "lost_late":
      store.lose("later");
      return;
    case "overtaken":
      await store.applyLate().catch(() => "conflict"); // it was overtaken itself
      return;
    case "killed":
      await actor.kill();
      return;
  }
}

describe("commits with any faults of the store", () => {
  it("lose nothing that was acknowledged, and store everything or nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 60 }), async (sequence) => {
        const actor = new CountingActor();
        await actor.wake();

        for (const step of sequence) {
          await take(actor, step);
          const stored = await actor.store.text("s");
          assert.equal(await actor.store.text("m"), stored);
          assert.equal(await actor.store.text("v"), stored);
          assert.ok(Number(stored ?? 0) >= actor.acknowledged, `${stored} is stored`);
        }
        await actor.settle();
        await actor.kill();
        actor.change();
        actor.commit();
        await actor.settle();
      }),
      { numRuns: 500 },
    );
  });
});
