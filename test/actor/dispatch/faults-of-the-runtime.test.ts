import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { type Clock, createSystem, defineActor } from "../../../src/index.ts";
import { type InMemoryTelemetry, inMemoryTelemetry, ManualClock } from "../../../src/testing.ts";
import { expectClosedBooks, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";

/** Throws at each reading while it is broken. */
class BrokenClock extends ManualClock implements Clock {
  broken = false;
  throws = 0;

  override monotonicMs(): number {
    if (!this.broken) return super.monotonicMs();
    this.throws += 1;
    throw new Error("no time");
  }
}

/** Throws when a context is entered, once for each time it is armed. */
class BrokenContexts extends AsyncLocalStorageContextManager {
  armed = false;

  override with: AsyncLocalStorageContextManager["with"] = (...args) => {
    if (!this.armed) return super.with(...args);
    this.armed = false;
    throw new Error("no context");
  };
}

const contexts = new BrokenContexts();
context.setGlobalContextManager(contexts.enable());

const worker = defineActor("worker", {
  handlers: { work: () => "done", wait: (_c, gate: Gate) => gate.opened },
});

function faults(telemetry: InMemoryTelemetry): Record<string, unknown>[] {
  return telemetry.logs().filter(({ event }) => event === "actor.runtime.fault");
}

describe("a clock that throws", () => {
  it("loses no message and ends no actor; the log says so once", async () => {
    const clock = new BrokenClock();
    const telemetry = inMemoryTelemetry();
    const system = createSystem({ ...telemetry.systemOptions, tracing: false, clock });
    const refs = Array.from({ length: 400 }, () => system.spawn(worker));
    clock.broken = true;

    const replies = await Promise.all(refs.map((ref) => ref.ask.work()));

    assert.ok(clock.throws > 1);
    clock.broken = false;
    assert.deepEqual(replies, Array(400).fill("done"));
    assert.equal(system.books().active, 400);
    assert.equal(faults(telemetry).length, 1);
    await system.shutdown();
    expectClosedBooks(system);
  });
});

describe("an error that comes while an actor is at work and is not its own", () => {
  it("ends that actor; others go on, callers are answered, the log says so", async () => {
    await using open = openSystem({ tracing: false });
    const gate = new Gate();
    const [victim, other] = [open.system.spawn(worker), open.system.spawn(worker)];
    victim.tell.wait(gate);
    const abort = new AbortController();
    const abandoned = codeOf(victim.with({ signal: abort.signal }).ask.work());
    const queued = codeOf(victim.ask.work());
    await until(() => open.system.books().processing === 1);
    const othersReply = other.ask.work();
    abort.abort();
    await othersReply;

    gate.open();
    contexts.armed = true; // the dead letter of the abandoned ask is written in a context

    assert.equal(await victim.whenStopped(), "failed");
    assert.deepEqual(await Promise.all([abandoned, queued]), ["ERR_ABORTED", "ERR_ACTOR_STOPPED"]);
    assert.equal(await other.ask.work(), "done");
    assert.partialDeepStrictEqual(faults(open.telemetry), [{ level: 50, target_id: victim.id }]);
  });
});
