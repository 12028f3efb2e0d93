import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRow, defineActor, type Snapshot, snapshot } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { Gate, until } from "../../_support/actor-waiting.ts";
import { puppet } from "../../_support/monitor-actors.ts";

function rowOf(taken: Snapshot, { id }: { readonly id: string }): ActorRow {
  const row = taken.actors.find((actor) => actor.id === id);
  assert.ok(row !== undefined, `${id} is in the snapshot`);
  return row;
}

describe("an actor that has ended", () => {
  it("stays for the grave window, then is removed; totals stay", async () => {
    await using open = openManualSystem({ monitor: { graveWindowMs: 300 } });
    const a = open.system.spawn(puppet);
    await a.whenReady();
    const first = snapshot(open.system);
    await a.stop();

    const grave = snapshot(open.system, { since: first.sequence });
    const row = rowOf(grave, a);
    assert.deepEqual([row.state, row.awakeReason], ["stopped", "stopped"]);
    assert.deepEqual(row.stopped, { atMs: open.clock.epochMs(), reason: "normal" });

    await open.clock.advance(299);
    const quiet = snapshot(open.system, { since: grave.sequence });
    assert.deepEqual([quiet.actors, quiet.removed], [[], []]);
    assert.equal(rowOf(snapshot(open.system), a).state, "stopped");

    await open.clock.advance(1);
    const reaped = snapshot(open.system, { since: quiet.sequence });
    assert.deepEqual([reaped.actors, reaped.removed], [[], [a.id]]);
    assert.deepEqual(snapshot(open.system).actors, []);
    assert.deepEqual([reaped.totals.started, reaped.totals.stopped], [1, 1]);
  });

  it("is seen although it lived only between two snapshots", async () => {
    await using open = openSystem();
    const first = snapshot(open.system);
    const a = open.system.spawn(puppet);
    await a.stop();

    const second = snapshot(open.system, { since: first.sequence });

    assert.equal(rowOf(second, a).state, "stopped");
  });

  it("leaves nothing behind once there is no viewer any more", async () => {
    await using open = openManualSystem();
    const watched = snapshot(open.system);
    await open.clock.advance(61_000);
    const a = open.system.spawn(puppet);
    await a.whenReady();
    await open.clock.advance(1_000);
    await a.stop();

    const taken = snapshot(open.system, { since: watched.sequence });

    assert.deepEqual([taken.since, taken.actors], [null, []]);
  });
});

describe("changes since a snapshot", () => {
  it("hold the rows that differ, and no others", async () => {
    await using open = openSystem();
    const refs = Array.from({ length: 50 }, () => open.system.spawn(puppet));
    await Promise.all(refs.map((ref) => ref.whenReady()));
    const first = snapshot(open.system);
    assert.equal(first.actors.length, 50);
    await refs[7]?.ask.value();
    await refs[31]?.ask.value();

    const second = snapshot(open.system, { since: first.sequence });
    const third = snapshot(open.system, { since: second.sequence });

    assert.equal(second.since, first.sequence);
    assert.deepEqual(
      second.actors.map(({ id }) => id),
      [refs[7]?.id, refs[31]?.id],
    );
    assert.deepEqual([third.actors, third.removed], [[], []]);
    assert.equal(
      snapshot(open.system, { since: first.sequence }).actors.length,
      2,
      "another viewer",
    );
  });

  it("lead to the same picture as a whole snapshot, regardless of what happens", async () => {
    await using open = openManualSystem({ monitor: { graveWindowMs: 400 } });
    let rows = new Map<string, ActorRow>();
    let since: number | undefined;
    const refs = Array.from({ length: 8 }, () => open.system.spawn(puppet));
    const gate = new Gate();
    const steps: (() => unknown)[] = [
      () => refs[0]?.tell.run(() => gate.opened),
      () => refs[0]?.tell.value(),
      () => refs[1]?.tell.run(() => refs[0]?.ask.value()),
      () => refs[2]?.tell.run((c) => void c.spawnTask("task", () => gate.opened)),
      () => refs[3]?.tell.run(() => Promise.reject(new Error("no"))),
      () => refs[4]?.kill(),
      () => refs[5]?.tell.run((c) => void c.spawnChild(puppet)),
      () => refs[6]?.tell.run((c) => void c.after("later", 1_000, () => {})),
      () => refs[7]?.stop(),
      () => gate.open(),
      () => refs[5]?.stop(),
    ];
    for (const step of steps) {
      step();
      await open.clock.advance(150);
      const changes = snapshot(open.system, since === undefined ? {} : { since });
      if (changes.since === null) rows = new Map();
      for (const row of changes.actors) rows.set(row.id, row);
      for (const id of changes.removed) rows.delete(id);
      since = changes.sequence;
      const whole = new Map(snapshot(open.system).actors.map((row) => [row.id, row]));
      assert.deepEqual(
        new Map([...rows].toSorted()),
        new Map([...whole].toSorted()),
        step.toString(),
      );
    }
  });

  it("are everything where the sequence is unknown: too old, of the future, or another system's", async () => {
    await using open = openManualSystem();
    await open.clock.advance(1_000);
    await using other = openManualSystem();
    open.system.spawn(puppet);
    const { sequence } = snapshot(open.system);
    const foreign = snapshot(other.system).sequence;

    for (const since of [0, -1, 1.5, sequence + 10, foreign, Number.MAX_SAFE_INTEGER]) {
      const taken = snapshot(open.system, { since });
      assert.deepEqual([taken.since, taken.actors.length], [null, 1], String(since));
    }
  });
});

describe("snapshots at the end of a system", () => {
  it("show the actors that are stopping, and afterwards none", async () => {
    const open = openSystem();
    const gate = new Gate();
    const slow = defineActor("slow", { onStop: () => gate.opened, handlers: { go: () => 1 } });
    const ref = open.system.spawn(slow);
    await ref.ask.go();
    const down = open.system.shutdown();
    await until(() => snapshot(open.system).actors.some(({ state }) => state === "stopping"));

    const during = snapshot(open.system);
    assert.deepEqual([during.system.closing, rowOf(during, ref).busy?.phase], [true, "stop"]);
    gate.open();
    await down;

    const after = snapshot(open.system);
    assert.deepEqual(
      after.actors.map(({ state }) => state),
      ["stopped"],
    );
    assert.deepEqual([after.totals.active, after.totals.started, after.totals.stopped], [0, 1, 1]);
  });
});
