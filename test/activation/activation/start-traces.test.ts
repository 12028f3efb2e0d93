import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import type { TypeTracing } from "../../../src/telemetry/traces/actor-tracing.ts";
import { allAsleep, openKeyed } from "../../_support/keyed.ts";
import {
  assertChildOf,
  assertRoot,
  assertRootLinkedTo,
  inCaller,
  spanNamed,
} from "../../_support/telemetry-spans.ts";

function defineCounter(tracing: TypeTracing = {}) {
  return defineKeyedActor("counter", {
    tracing,
    state: () => ({ total: 0 }),
    handlers: { add: (c, by: number) => (c.state.total += by) },
    idleMs: 100,
  });
}

describe("the start of a keyed actor", () => {
  it("is in the trace of the ask that woke it, also without a span of the caller", async () => {
    await using open = openKeyed();
    const { telemetry } = open;

    await open.system.get(defineCounter(), "a").ask.add(1);

    const ask = spanNamed(telemetry, "ask counter.add");
    assertRoot(ask);
    const start = spanNamed(telemetry, "counter start");
    assertChildOf(start, ask);
    assertChildOf(spanNamed(telemetry, "counter start load"), start);
    assertChildOf(spanNamed(telemetry, "counter.add"), ask);
  });

  it("and the message are siblings if the caller has a span", async () => {
    await using open = openKeyed();
    const { telemetry } = open;
    const ref = open.system.get(defineCounter(), "a");

    await inCaller(telemetry, () => ref.ask.add(1));

    assertChildOf(spanNamed(telemetry, "counter start"), spanNamed(telemetry, "caller"));
    assertChildOf(spanNamed(telemetry, "ask counter.add"), spanNamed(telemetry, "caller"));
  });

  it("begins the trace of the tell that woke it, and of no later one", async () => {
    await using open = openKeyed();
    const { telemetry } = open;
    const ref = open.system.get(defineCounter(), "a");

    ref.tell.add(1);
    ref.tell.add(1);
    await ref.ask.add(1);

    const start = spanNamed(telemetry, "counter start");
    assertRoot(start);
    const [first, second] = telemetry.spansNamed("counter.add");
    assert.ok(first !== undefined && second !== undefined);
    assertChildOf(first, start);
    assertRoot(second);
  });

  it("is linked to by a tell whose type starts a trace for each", async () => {
    await using open = openKeyed();
    const { telemetry } = open;

    open.system.get(defineCounter({ tell: "link" }), "a").tell.add(1);
    await open.clock.advance(1_000);

    assertRootLinkedTo(spanNamed(telemetry, "counter.add"), spanNamed(telemetry, "counter start"));
  });

  it("is not recorded for a message that starts no trace", async () => {
    for (const tracing of [{ startsTrace: false }, { sampleRatio: 0 }]) {
      await using open = openKeyed();
      const ref = open.system.get(defineCounter(tracing), "a");

      ref.tell.add(1);
      await ref.ask.add(1);
      await allAsleepInTime(open);
      assert.equal(await ref.ask.add(1), 3);

      const names = open.telemetry.spans().map(({ name }) => name);
      assert.deepEqual(
        names.filter((name) => name.includes("start")),
        [],
      );
    }
  });

  it("that no message waits for is a trace of its own", async () => {
    await using open = openKeyed();

    await open.system.get(defineCounter(), "a").whenReady();

    assertRoot(spanNamed(open.telemetry, "counter start"));
  });

  it("has no span if the actor is killed in the same turn", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineCounter(), "a");

    const asked = ref.ask.add(1);
    ref.kill();

    await assert.rejects(asked, { code: "ERR_ACTOR_KILLED" });
    await allAsleep(open);
    assert.deepEqual(open.telemetry.spansNamed("counter start"), []);
  });
});

async function allAsleepInTime(open: ReturnType<typeof openKeyed>): Promise<void> {
  await open.clock.advance(1_000);
  await allAsleep(open);
}
