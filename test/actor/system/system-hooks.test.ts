import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ActorType } from "../../../src/actor/cell/actor-type.ts";
import type { ActorCell } from "../../../src/actor/cell/cell.ts";
import { requireRuntime } from "../../../src/actor/system/create-runtime.ts";
import { type ActorContext, type ActorSystem, defineActor } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { Gate, settleTurns } from "../../_support/actor-waiting.ts";

type Act = (c: ActorContext<undefined>) => unknown;

const plain = defineActor("plain", { handlers: { act: (c, act: Act) => act(c) } });

function hooksOf(system: ActorSystem) {
  return requireRuntime(system).hooks;
}

class SleepyType extends ActorType {
  override readonly sleeps = true;
}

/** Counts how often each actor is said to be idle, by id. Makes the actors a kind that sleeps. */
function countIdle(system: ActorSystem): Map<string, number> {
  requireRuntime(system).typeOf(plain, SleepyType);
  const counts = new Map<string, number>();
  hooksOf(system).idle.add(({ actorId }: ActorCell) => {
    counts.set(actorId, (counts.get(actorId) ?? 0) + 1);
  });
  return counts;
}

describe("the hooks of a system", () => {
  it("tell every listener of starts and ends, until it is removed", async () => {
    await using open = openSystem();
    const { started, stopped } = hooksOf(open.system);
    const told: string[] = [];
    const removeFirst = started.add(({ actorId }) => told.push(`1 started ${actorId}`));
    started.add(({ actorId }) => told.push(`2 started ${actorId}`));
    stopped.add(({ actorId, stopReason }) => told.push(`ended ${actorId} ${stopReason}`));

    const first = open.system.spawn(plain);
    removeFirst();
    const second = open.system.spawn(plain);
    first.kill();

    assert.deepEqual(told, [
      `1 started ${first.id}`,
      `2 started ${first.id}`,
      `2 started ${second.id}`,
      `ended ${first.id} killed`,
    ]);
  });

  it("report what a listener throws, and call the next one", async () => {
    await using open = openSystem();
    const { started } = hooksOf(open.system);
    let calls = 0;
    started.add(() => {
      throw new Error("bad listener");
    });
    started.add(() => {
      calls += 1;
    });

    await open.system.spawn(plain).whenReady();

    assert.equal(calls, 1);
    const [fault] = open.telemetry.logs().filter(({ event }) => event === "actor.runtime.fault");
    assert.partialDeepStrictEqual(fault, { err: { message: "bad listener" } });
  });

  it("tell that an actor is idle after its start and after each run of messages", async () => {
    await using open = openSystem();
    const idle = countIdle(open.system);
    const ref = open.system.spawn(plain);
    assert.equal(idle.get(ref.id), 1);
    const gate = new Gate();

    const asked = ref.ask.act(() => gate.opened);
    await settleTurns();
    assert.equal(idle.get(ref.id), 1);
    gate.open();
    await asked;
    await settleTurns();

    assert.equal(idle.get(ref.id), 2);
  });

  it("tell so only when no task, timer or child is left", async () => {
    await using open = openManualSystem();
    const idle = countIdle(open.system);
    const ref = open.system.spawn(plain);
    const gate = new Gate();
    await ref.ask.act((c) => {
      c.spawnTask("work", () => gate.opened);
      c.after("later", 100, () => {});
      c.after("last", 200, () => c.spawnChild(plain).tell.act((child) => child.stop()));
    });
    const counts = [];

    counts.push(idle.get(ref.id));
    gate.open();
    await settleTurns();
    counts.push(idle.get(ref.id));
    await open.clock.advance(100);
    counts.push(idle.get(ref.id));
    await open.clock.advance(100);
    await settleTurns();
    counts.push(idle.get(ref.id));

    assert.deepEqual(counts, [1, 1, 1, 2]);
  });

  it("tell nothing of an idle actor of a kind that never sleeps", async () => {
    await using open = openSystem();
    const idle = countIdle(open.system);
    const wakeful = defineActor("wakeful", { handlers: { ping: () => "pong" } });

    await open.system.spawn(wakeful).ask.ping();
    await settleTurns();

    assert.equal(idle.size, 0);
  });

  it("tell nothing of an actor that is about to end", async () => {
    await using open = openSystem();
    const idle = countIdle(open.system);
    const ref = open.system.spawn(plain);
    await settleTurns();
    idle.clear();

    ref.tell.act((c) => c.stop());
    await ref.whenStopped();

    assert.equal(idle.get(ref.id), undefined);
  });
});
