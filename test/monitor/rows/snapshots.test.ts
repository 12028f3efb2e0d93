import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRow, defineActor, type Snapshot, snapshot } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns } from "../../_support/actor-waiting.ts";
import { narrow, puppet } from "../../_support/monitor-actors.ts";

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

    assert.deepEqual([taken.version, taken.since, taken.removed], [2, null, []]);
    assert.deepEqual([taken.capturedAtMs, taken.uptimeMs], [startedAtMs + 2_000, 2_000]);
    assert.deepEqual(
      taken.actors.map(({ id }) => id),
      [parent.id, childId],
      "parents come first",
    );
    const row = rowOf(taken, parent);
    assert.deepEqual(row, {
      id: parent.id,
      number: row.number,
      type: "puppet",
      name: "parent",
      parentId: null,
      state: "running",
      awakeReason: "child",
      life: 1,
      spawnedAtMs: row.spawnedAtMs,
      mailbox: { depth: 0, limit: 10_000, oldestSentAtMs: null, waitingSenders: 0 },
      messagesTaken: 1,
      busy: null,
      waits: [],
      tasks: [],
      timers: 0,
      children: 1,
      supervision: {
        strategy: "one_for_one",
        policy: "permanent",
        maxRestarts: 5,
        windowMs: 5_000,
        restarts: 0,
        backingOff: false,
        links: [],
        watches: [],
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
    assert.equal(type?.waitP95Ms, run?.wait?.maxMs, "of one message it is that one's");
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
          c.spawnTask(
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
    assert.deepEqual([row.life, row.supervision.restarts, row.lastError], [2, 1, "RangeError"]);
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
