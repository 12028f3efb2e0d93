import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanKind } from "@opentelemetry/api";
import { StoreError } from "../../../src/base/errors.ts";
import { createSystem, defineKeyedActor } from "../../../src/index.ts";
import type { BatchResult, WriteOperation } from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { JumpingClock } from "../../_support/jumping-clock.ts";
import { storePlaces } from "../../_support/keyed-stores.ts";
import { KeyedWorld } from "../../_support/keyed-world.ts";
import { until } from "../../_support/telemetry-until.ts";

let runs = 0;

const counter = defineKeyedActor("counter", {
  messages: {} as { plan(inMs: number): void; count(): void; read(): number },
  state: () => ({ total: 0 }),
  idleMs: 60_000,
  handlers: {
    plan: (c, inMs) => void c.schedule.after(inMs).count(),
    count(c) {
      runs += 1;
      c.state.total += 1;
    },
    read: (c) => c.state.total,
  },
});

/** A store that refuses the next batches, as a full disk does. */
class FullStore extends MemoryStore {
  refusals = 0;

  override batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    this.refusals -= 1;
    if (this.refusals < 0) return super.batch(operations);
    return Promise.reject(new StoreError("no space", { code: "ERR_STORE_FULL" }));
  }
}

describe("a schedule whose commit is rejected", () => {
  it("is still due: its handler runs again, and its effect is stored once", async () => {
    runs = 0;
    const clock = new JumpingClock();
    const store = new FullStore();
    const telemetry = inMemoryTelemetry();
    const system = createSystem({ ...telemetry.systemOptions, clock, store, actors: [counter] });
    const ref = system.get(counter, "a");
    await ref.ask.plan(1_000);

    store.refusals = 1;
    await clock.advance(1_000);
    await until(() => runs > 0, "it has run");
    while (runs < 2) await clock.advance(100);

    assert.equal(await ref.ask.read(), 1);
    const { keys } = await store.listKeys("");
    assert.deepEqual(keys, ["m/counter/a", "s/counter/a"]);
    await system.shutdown();
    expectBooks(system);
  });
});

describe("a schedule that two activations of a key fire at the same time", () => {
  it("has its effect stored by one of them", async () => {
    runs = 0;
    const clock = new JumpingClock();
    const place = (storePlaces["memory"] as () => ReturnType<(typeof storePlaces)[string]>)();
    const telemetry = inMemoryTelemetry();
    const start = async () =>
      createSystem({
        ...telemetry.systemOptions,
        clock,
        store: await place.open(),
        actors: [counter],
      });
    const [one, other] = [await start(), await start()];
    await one.get(counter, "a").ask.plan(1_000);
    await one.get(counter, "a").sleep();
    await clock.advance(0);
    // The other system learns of it as one that takes over the store does.
    other.get(counter, "b").tell.plan(1_000);
    await settleTurns();

    await clock.advance(1_000);
    await settleTurns(20);
    await clock.advance(60_000);
    await settleTurns(20);

    assert.ok(runs >= 2, "both keys have run");
    assert.equal(await one.get(counter, "a").ask.read(), 1);
    const store = await place.open();
    const { keys } = await store.listKeys("d/");
    assert.deepEqual(keys, []);
    for (const system of [one, other]) await system.shutdown();
  });
});

describe("the span of a schedule's handler", () => {
  it("begins a trace that links to the span that set the schedule, also after a restart", async () => {
    await using world = new KeyedWorld((storePlaces["memory"] as () => never)(), {
      actors: [counter],
    });
    await world.start();
    await world.system.get(counter, "a").ask.plan(1_000);
    await world.stop();
    await world.clock.advance(5_000);
    runs = 0;

    await world.start();
    await until(() => runs === 1, "it has run");
    await world.stop();

    const spans = world.telemetry.spans();
    const set = spans.find(({ name }) => name === "counter.plan");
    const fired = spans.find(({ name }) => name === "counter.count");
    assert.equal(fired?.kind, SpanKind.CONSUMER);
    assert.equal(fired?.parentSpanContext, undefined);
    assert.equal(fired?.attributes["actor.message.kind"], "schedule");
    assert.notEqual(fired?.spanContext().traceId, set?.spanContext().traceId);
    assert.deepEqual(
      fired?.links.map(({ context }) => [context.traceId, context.spanId]),
      [[set?.spanContext().traceId, set?.spanContext().spanId]],
    );
  });
});
