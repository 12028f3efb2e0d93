import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { createPlatformClient } from "../../src/client/create-client.ts";
import type { ActorConnection, Client } from "../../src/client.ts";
import type { EventDefinition, Faceted, Facets } from "../../src/index.ts";
import { ManualClock } from "../../src/testing.ts";
import { manualPlatform } from "../_support/client-world.ts";
import { ModelGateway } from "../_support/model-gateway.ts";

interface Messages {
  count(c: never): number;
}
type Counter = Facets<
  Messages,
  unknown,
  { readonly said: EventDefinition<number> },
  undefined,
  undefined
>;
type Actors = readonly [{ readonly type: "counter" } & Faceted<Counter>];

/** A page that shows the number of the last event, as a page should be written. */
class CounterPage {
  readonly clock: ManualClock = new ManualClock();
  readonly gateway: ModelGateway = new ModelGateway();
  /** What was wrong, in any order. */
  readonly problems: unknown[] = [];
  readonly client: Client<Actors>;
  readonly connection: ActorConnection<Counter>;
  /** The number that is shown; `undefined` while it is read. */
  shown: number | undefined;
  #off: () => void;

  constructor() {
    const platform = manualPlatform(this.clock, (error) => void this.problems.push(error));
    const { WebSocket } = this.gateway;
    this.client = createPlatformClient<Actors>(platform, "http://gateway", { WebSocket });
    this.connection = this.client.counter.get("a").connect();
    this.#off = this.#listen();
    this.connection.onResync(async () => {
      this.shown = undefined;
      this.shown = await this.connection.ask.count();
    });
  }

  /** Asks for the number: it must be the one that is shown at that moment. */
  async check(): Promise<void> {
    const wasShown = this.shown !== undefined;
    const count = await this.connection.ask.count().catch(() => undefined);
    if (count === undefined || !wasShown || this.shown === undefined) return;
    // A reply from the next activation of the actor, which is followed by a resync.
    if (this.connection.status !== "connected") return;
    if (count !== this.shown) this.problems.push({ count, shown: this.shown });
  }

  /** Replaces the listener to events. */
  replace(): void {
    const off = this.#off;
    this.#off = this.#listen();
    off();
  }

  #listen(): () => void {
    return this.connection.on("said", (number) => {
      // Before the first reply there is nothing to add to.
      if (this.shown === undefined) return;
      if (number !== this.shown + 1) this.problems.push({ shown: this.shown, number });
      this.shown = number;
    });
  }
}

type Step = (page: CounterPage) => unknown;
/** A step that is taken `weight` times as often as others. */
const step = (weight: number, text: string, take: Step) => ({
  weight,
  arbitrary: fc.constant(Object.assign(take, { toString: () => text })),
});
const steps = fc.array(
  fc.oneof(
    step(6, "publish", ({ gateway }) => gateway.publish()),
    step(6, "deliver", ({ gateway }) => gateway.deliver()),
    step(3, "accept", ({ gateway }) => gateway.accept()),
    step(1, "refuse", ({ gateway }) => gateway.refuse()),
    step(1, "cut", ({ gateway }) => gateway.cut(1006, false)),
    step(1, "cut late", ({ gateway }) => gateway.cut(1001, true)),
    step(2, "sleep", ({ gateway }) => gateway.end()),
    step(1, "crash", ({ gateway }) => gateway.crash()),
    step(1, "1 ms", ({ clock }) => clock.advance(1)),
    step(1, "300 ms", ({ clock }) => clock.advance(300)),
    step(1, "2 s", ({ clock }) => clock.advance(2_000)),
    step(3, "check", (page) => void page.check()),
    step(1, "replace", (page) => page.replace()),
  ),
  { maxLength: 60 },
);

it("no event is lost without a resync, doubled, or out of the order with replies", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const page = new CounterPage();
      const { clock, gateway } = page;
      for (const take of sequence) {
        await take(page);
        await clock.advance(0);
        assert.deepEqual(page.problems, []);
      }
      for (let times = 0; times < 40; times += 1) {
        gateway.accept();
        gateway.deliver();
        await clock.advance(1_000);
      }

      assert.deepEqual(page.problems, []);
      assert.equal(page.connection.status, "connected");
      assert.equal(page.shown, gateway.count);
      const closing = page.client.$close();
      gateway.deliver();
      await closing;
      assert.equal(clock.pendingTimers, 0);
    }),
    { numRuns: 400 },
  );
});
