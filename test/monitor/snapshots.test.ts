import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRow, defineActor, type Snapshot, snapshot } from "../../src/index.ts";
import { openManualSystem, openSystem } from "../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../_support/actor-waiting.ts";
import { narrow, puppet } from "../_support/monitor-actors.ts";

function rowOf(taken: Snapshot, { id }: { readonly id: string }): ActorRow {
  const row = taken.actors.find((actor) => actor.id === id);
  assert.ok(row !== undefined, `${id} is in the snapshot`);
  return row;
}

describe("a snapshot", () => {
  it("shows the living: type, name, state, mailbox, family, supervision, message types", async () => {
    await using open = openManualSystem();
    const startedAtMs = open.clock.epochMs();
    const parent = open.system.spawn(puppet, { name: "parent" });
    let childId = "";
    await parent.ask.run((c) => {
      childId = c.spawnChild(puppet).id;
    });
    await open.clock.advance(2_000);

    const taken = snapshot(open.system);

    assert.deepEqual([taken.version, taken.since, taken.removed], [1, null, []]);
    assert.deepEqual([taken.capturedAtMs, taken.uptimeMs], [startedAtMs + 2_000, 2_000]);
    assert.deepEqual(
      taken.actors.map(({ id }) => id),
      [parent.id, childId],
      "parents come first",
    );
    const row = rowOf(taken, parent);
    assert.deepEqual(row, {
      id: parent.id,
      type: "puppet",
      name: "parent",
      parentId: null,
      state: "running",
      awakeReason: "child",
      generation: 1,
      spawnedAtMs: row.spawnedAtMs,
      mailbox: { depth: 0, limit: 10_000, oldestSentAtMs: null, waitingSenders: 0 },
      messagesTaken: 1,
      busy: null,
      waits: [],
      tasks: [],
      timers: 0,
      children: 1,
      supervision: {
        strategy: null,
        policy: "permanent",
        maxRestarts: 5,
        windowMs: 5_000,
        restarts: 0,
        links: [],
      },
      lastError: null,
      stopped: null,
    });
    assert.ok(row.spawnedAtMs >= startedAtMs && row.spawnedAtMs <= startedAtMs + 250);
    assert.equal(rowOf(taken, { id: childId }).parentId, parent.id);
    const [type] = taken.types;
    assert.deepEqual([type?.type, type?.active, type?.started], ["puppet", 2, 2]);
    const run = type?.messages.find(({ messageType }) => messageType === "run");
    assert.deepEqual([run?.kind, run?.sent, run?.handled, run?.failed], ["ask", 1, 1, 0]);
    assert.equal(run?.wait?.count, 1);
    assert.equal(run?.process?.count, 1);
    assert.deepEqual([taken.totals.active, taken.totals.started, taken.totals.sent], [2, 2, 1]);
  });

  it("is plain data that JSON carries unchanged", async () => {
    await using open = openManualSystem();
    const a = open.system.spawn(puppet);
    await codeOf(a.ask.run(() => Promise.reject(new Error("no"))));
    a.tell.run(() => new Promise(() => {}));
    await open.clock.advance(6_000);

    const taken = snapshot(open.system);

    assert.equal(taken.stuck.length, 1);
    assert.deepEqual(JSON.parse(JSON.stringify(taken)), taken);
    a.kill();
  });

  it("shows what a handler is doing and for whom it waits, with several waits at once", async () => {
    await using open = openManualSystem({ askTimeoutMs: 3_000 });
    const [a, b, full] = [
      open.system.spawn(puppet),
      open.system.spawn(puppet),
      open.system.spawn(narrow),
    ];
    const gate = new Gate();
    await full.tell.run(() => gate.opened);
    const held = b.ask.run(() => gate.opened);
    await settleTurns();
    await full.tell.value();
    const startedAtMs = open.clock.epochMs();
    const asked = a.ask.run(() =>
      Promise.all([b.ask.value(), b.ask.run(() => 1), full.tell.value()]),
    );
    await open.clock.advance(500);

    const row = rowOf(snapshot(open.system), a);

    assert.deepEqual(
      [row.awakeReason, row.busy?.phase, row.busy?.messageType],
      ["handling", "handler", "run"],
    );
    assert.equal(row.busy?.sinceAtMs, startedAtMs);
    assert.match(String(row.busy?.traceId), /^[0-9a-f]{32}$/);
    assert.deepEqual(
      row.waits.map(({ kind, targetId, messageType }) => [kind, targetId, messageType]).toSorted(),
      [
        ["ask", b.id, "run"],
        ["ask", b.id, "value"],
        ["mailbox", full.id, "value"],
      ],
    );
    const [ask] = row.waits;
    assert.equal(ask?.sinceAtMs, startedAtMs);
    assert.ok(Math.abs((ask?.untilAtMs ?? 0) - startedAtMs - 3_000) <= 40);
    assert.equal(row.waits.find(({ kind }) => kind === "mailbox")?.untilAtMs, null);
    assert.equal(rowOf(snapshot(open.system), full).mailbox.waitingSenders, 1);
    gate.open();
    await Promise.all([held, asked]);
    assert.deepEqual(rowOf(snapshot(open.system), a).waits, []);
  });

  it("shows hooks, tasks and timers as what keeps an actor going", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const slow = defineActor("slow", {
      onStart: () => gate.opened,
      handlers: {
        go(c) {
          c.spawn(
            "download",
            () => new Promise((resolve) => c.signal.addEventListener("abort", resolve)),
          );
          c.after("later", 60_000, () => {});
        },
      },
    });
    const ref = open.system.spawn(slow);
    await settleTurns();
    const starting = rowOf(snapshot(open.system), ref);
    assert.deepEqual(
      [starting.state, starting.awakeReason, starting.busy?.phase],
      ["starting", "hook", "start"],
    );

    gate.open();
    await ref.ask.go();

    const row = rowOf(snapshot(open.system), ref);
    assert.deepEqual([row.awakeReason, row.timers], ["task", 1]);
    assert.deepEqual(row.tasks, [{ kind: "download", sinceAtMs: open.clock.epochMs() }]);
  });

  it("counts a restart and leaves no stale handler behind", async () => {
    await using open = openManualSystem();
    const a = open.system.spawn(puppet);
    a.tell.run(() => {
      throw new RangeError("no");
    });
    await settleTurns();

    const row = rowOf(snapshot(open.system), a);

    assert.deepEqual([row.state, row.busy, row.waits], ["running", null, []]);
    assert.deepEqual(
      [row.generation, row.supervision.restarts, row.lastError],
      [2, 1, "RangeError"],
    );
    assert.deepEqual(
      [snapshot(open.system).totals.restarts, snapshot(open.system).totals.failures],
      [1, 1],
    );
  });

  it("says how old the oldest message is", async () => {
    await using open = openManualSystem();
    const a = open.system.spawn(puppet);
    const gate = new Gate();
    a.tell.run(() => gate.opened);
    await settleTurns();
    const sentAtMs = open.clock.epochMs();
    a.tell.run(() => {});
    await open.clock.advance(700);

    const { mailbox } = rowOf(snapshot(open.system), a);

    assert.deepEqual([mailbox.depth, mailbox.oldestSentAtMs], [1, sentAtMs]);
    gate.open();
  });

  it("has the dead letters with their sender, and only once in changes", async () => {
    await using open = openSystem();
    const [a, b] = [open.system.spawn(puppet), open.system.spawn(puppet)];
    await b.stop();
    await a.ask.run(() => b.tell.value());

    const first = snapshot(open.system);
    await a.ask.run(() => b.tell.run(() => 1));
    const second = snapshot(open.system, { since: first.sequence });

    const [letter] = first.deadLetters;
    assert.deepEqual([letter?.actorId, letter?.senderId, letter?.reason], [b.id, a.id, "stopped"]);
    assert.match(String(letter?.traceId), /^[0-9a-f]{32}$/);
    assert.deepEqual(
      second.deadLetters.map(({ messageType }) => messageType),
      ["run"],
    );
    assert.equal(second.totals.deadLetters, 2);
  });

  it("can be taken inside of a handler, through `c.system`", async () => {
    await using open = openSystem();
    const a = open.system.spawn(puppet);

    const taken = (await a.ask.run((c) => snapshot(c.system))) as Snapshot;

    assert.equal(rowOf(taken, a).messagesTaken, 1);
  });
});

describe("an actor that has ended", () => {
  it("stays for the grave window, then is removed; totals stay", async () => {
    await using open = openManualSystem({ monitor: { graveWindowMs: 300 } });
    const a = open.system.spawn(puppet);
    await a.ready();
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

  it("leaves nothing behind where nobody looks any more", async () => {
    await using open = openManualSystem();
    const watched = snapshot(open.system);
    await open.clock.advance(61_000);
    const a = open.system.spawn(puppet);
    await a.ready();
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
    await Promise.all(refs.map((ref) => ref.ready()));
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

  it("lead to the same picture as a whole snapshot, whatever happens", async () => {
    await using open = openManualSystem({ monitor: { graveWindowMs: 400 } });
    let rows = new Map<string, ActorRow>();
    let since: number | undefined;
    const refs = Array.from({ length: 8 }, () => open.system.spawn(puppet));
    const gate = new Gate();
    const steps: (() => unknown)[] = [
      () => refs[0]?.tell.run(() => gate.opened),
      () => refs[0]?.tell.value(),
      () => refs[1]?.tell.run(() => refs[0]?.ask.value()),
      () => refs[2]?.tell.run((c) => void c.spawn("task", () => gate.opened)),
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
