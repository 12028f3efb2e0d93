import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Deadlock, defineActor, type MonitoredSystem } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns } from "../../_support/actor-waiting.ts";
import { narrow, type PuppetRef, puppet } from "../../_support/monitor-actors.ts";

/** What the monitor tells of deadlocks. */
function record(system: MonitoredSystem): { formed: Deadlock[]; resolved: Deadlock[] } {
  const seen = { formed: [] as Deadlock[], resolved: [] as Deadlock[] };
  system.monitor.on("deadlock", (deadlock) => seen.formed.push(deadlock));
  system.monitor.on("deadlockResolved", (deadlock) => seen.resolved.push(deadlock));
  return seen;
}

/** Has each of `refs` ask the next, and the last the first, all at once. */
function askInCircle(refs: readonly PuppetRef[]): Promise<unknown>[] {
  return refs.map((ref, at) => {
    const next = refs[(at + 1) % refs.length]!;
    return codeOf(ref.with({ timeoutMs: 60_000 }).ask.run(() => next.ask.value()));
  });
}

function memberIds(deadlock: Deadlock | undefined): string[] {
  return (deadlock?.members ?? []).map(({ id }) => id);
}

describe("actors that ask each other", () => {
  it("are told of within a second, once, with who waits for whom", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const [a, b] = [open.system.spawn(puppet), open.system.spawn(puppet)];
    const asks = askInCircle([a, b]);

    await open.clock.advance(1_000);

    assert.equal(seen.formed.length, 1);
    const [deadlock] = seen.formed;
    assert.deepEqual(memberIds(deadlock), [a.id, b.id]);
    assert.equal(deadlock?.kind, "ask");
    const [first] = deadlock?.members ?? [];
    assert.equal(first?.messageType, "run");
    assert.deepEqual(
      first?.waits.map(({ kind, part, targetId, messageType }) => [
        kind,
        part,
        targetId,
        messageType,
      ]),
      [["ask", "handler", b.id, "value"]],
    );
    assert.equal(
      await open.telemetry.value("actor.deadlocks", { "actor.deadlock.kind": "ask" }),
      1,
    );
    assert.equal(await open.telemetry.value("actor.deadlock.active"), 1);
    await open.clock.advance(3_000);
    assert.equal(seen.formed.length, 1, "told of again");

    await open.clock.advance(2_000);
    assert.deepEqual(await Promise.all(asks), ["ERR_ASK_TIMEOUT", "ERR_ASK_TIMEOUT"]);
    assert.deepEqual(
      seen.resolved.map(({ id }) => id),
      [deadlock?.id],
    );
    assert.equal(await open.telemetry.value("actor.deadlock.active"), 0);
  });

  it("say when a time-out will end it", async () => {
    await using open = openManualSystem({ askTimeoutMs: 3_000 });
    const seen = record(open.system);
    const startedAtMs = open.clock.epochMs();
    const asks = askInCircle([open.system.spawn(puppet), open.system.spawn(puppet)]);

    await open.clock.advance(1_000);

    const untilAtMs = seen.formed[0]?.untilAtMs ?? 0;
    assert.ok(Math.abs(untilAtMs - startedAtMs - 3_000) <= 40, `${untilAtMs - startedAtMs}`);
    await open.clock.advance(3_000);
    await Promise.all(asks);
  });

  it("are logged as one event, with ids, types, waits and traces, linked to the spans that wait", async () => {
    await using open = openManualSystem();
    const [a, b, c] = [1, 2, 3].map(() => open.system.spawn(puppet)) as [
      PuppetRef,
      PuppetRef,
      PuppetRef,
    ];
    const asks = askInCircle([a, b, c]);

    await open.clock.advance(1_000);

    const lines = open.telemetry.logs().filter(({ event }) => event === "actor.deadlock.detected");
    assert.equal(lines.length, 1);
    const [line] = lines as [Record<string, unknown>];
    const members = line["members"] as {
      id: string;
      type: string;
      waits: Record<string, unknown>[];
    }[];
    assert.deepEqual(
      members.map(({ id, type }) => [id, type]),
      [a, b, c].map(({ id }) => [id, "puppet"]),
    );
    assert.deepEqual([line["level"], line["permanent"], line["kind"]], [40, false, "ask"]);
    for (const { waits } of members) {
      assert.equal(waits[0]?.["kind"], "ask");
      assert.match(String(waits[0]?.["trace_id"]), /^[0-9a-f]{32}$/);
    }
    const [span] = open.telemetry.spansNamed("deadlock");
    assert.equal(span?.spanContext().traceId, line["trace_id"]);
    const linked = new Set(span?.links.map(({ context }) => context.traceId));
    assert.deepEqual(linked, new Set(members.map(({ waits }) => waits[0]?.["trace_id"])));
    await open.clock.advance(10_000);
    await Promise.all(asks);
  });

  it("are freed by ERR_DEADLOCK where the system says so", async () => {
    await using open = openManualSystem({ onDeadlock: "reject" });
    const seen = record(open.system);
    const asks = askInCircle([1, 2, 3].map(() => open.system.spawn(puppet)));

    await open.clock.advance(1_500);

    const codes = await Promise.all(asks);
    assert.equal(codes.filter((code) => code === "ERR_DEADLOCK").length, 1);
    assert.equal(codes.filter((code) => code === undefined).length, 2);
    assert.deepEqual([seen.formed.length, seen.resolved.length], [1, 1]);
  });

  it("are no deadlock where a handler races one that is free", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const [a, b, free] = [1, 2, 3].map(() => open.system.spawn(puppet)) as [
      PuppetRef,
      PuppetRef,
      PuppetRef,
    ];
    const gate = new Gate();
    const held = free.ask.run(() => gate.opened);
    const asks = [
      codeOf(a.ask.run(() => Promise.race([b.ask.value(), free.ask.value()]))),
      codeOf(b.ask.run(() => a.ask.value())),
    ];

    await open.clock.advance(2_000);
    assert.deepEqual(seen.formed, []);
    gate.open();

    await held;
    assert.deepEqual(await Promise.all(asks), [undefined, undefined]);
  });

  it("are found in a wait for all once its other branches have come", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const [a, b, free] = [1, 2, 3].map(() => open.system.spawn(puppet)) as [
      PuppetRef,
      PuppetRef,
      PuppetRef,
    ];
    const asks = [
      codeOf(a.ask.run(() => Promise.all([b.ask.value(), free.ask.value()]))),
      codeOf(b.ask.run(() => a.ask.value())),
    ];

    await open.clock.advance(1_000);

    assert.deepEqual(memberIds(seen.formed[0]), [a.id, b.id]);
    await open.clock.advance(6_000);
    await Promise.all(asks);
  });

  it("count those that cannot go on because of them, and are one with what joins them", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const [a, b, c] = [1, 2, 3].map(() => open.system.spawn(puppet)) as [
      PuppetRef,
      PuppetRef,
      PuppetRef,
    ];
    const asks = askInCircle([a, b]);
    const behind = codeOf(c.ask.run(() => a.ask.value()));

    await open.clock.advance(1_000);

    assert.deepEqual(memberIds(seen.formed[0]), [a.id, b.id]);
    assert.equal(seen.formed[0]?.blocked, 1);
    await open.clock.advance(6_000);
    await Promise.all([...asks, behind]);
    assert.equal(seen.formed.length, 1);
  });

  it("are no deadlock when an earlier handler has left its ask behind", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const [a, b] = [open.system.spawn(puppet), open.system.spawn(puppet)];
    const gate = new Gate();
    const left: Promise<unknown>[] = [];
    a.tell.run(() => {
      left.push(codeOf(b.ask.run(() => a.ask.value())));
    });
    a.tell.run(() => gate.opened);

    await open.clock.advance(2_000);

    assert.deepEqual(seen.formed, []);
    gate.open();
    assert.deepEqual(await Promise.all(left), [undefined]);
  });

  it("are seen over two systems, and told of by one of them", async () => {
    await using one = openManualSystem();
    await using two = openSystem({ clock: one.clock });
    const seen = [record(one.system), record(two.system)];
    const asks = askInCircle([one.system.spawn(puppet), two.system.spawn(puppet)]);

    await one.clock.advance(1_000);

    assert.deepEqual(seen.map(({ formed }) => formed.length).toSorted(), [0, 1]);
    await one.clock.advance(6_000);
    await Promise.all(asks);
    await two.system.shutdown();
  });
});

describe("other waits that close a circle", () => {
  it("for room in full mailboxes", async () => {
    await using open = openManualSystem({ onDeadlock: "reject" });
    const seen = record(open.system);
    const [a, b] = [open.system.spawn(narrow), open.system.spawn(narrow)];
    const gate = new Gate();
    const codes: unknown[] = [];
    const fill = (self: typeof a, other: typeof a) =>
      self.tell.run(async () => {
        await gate.opened;
        codes.push(await codeOf(other.tell.value()));
      });
    await Promise.all([fill(a, b), fill(b, a)]);
    await settleTurns();
    await Promise.all([a.tell.value(), b.tell.value()]);
    gate.open();

    await open.clock.advance(1_000);

    assert.equal(seen.formed[0]?.kind, "mailbox");
    assert.equal(seen.formed[0]?.untilAtMs, null);
    assert.deepEqual(codes.toSorted(), ["ERR_DEADLOCK", undefined]);
    const [line] = open.telemetry.logs().filter(({ event }) => event === "actor.deadlock.detected");
    assert.deepEqual([line?.["level"], line?.["permanent"]], [50, true]);
  });

  it("for an actor's own end, in its handler", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const a = open.system.spawn(puppet);
    a.tell.run((c) => {
      c.stop();
      return c.self.whenStopped();
    });

    await open.clock.advance(1_000);

    assert.deepEqual([seen.formed[0]?.kind, memberIds(seen.formed[0])], ["self", [a.id]]);
    a.kill();
    await open.clock.advance(1_000);
    assert.equal(seen.resolved.length, 1);
  });

  it("for a parent that waits for its child's end", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const parent = open.system.spawn(puppet);
    await parent.ask.run((c) => {
      c.spawnChild(puppet).tell.run(() => parent.whenStopped());
    });
    void parent.stop();

    await open.clock.advance(1_000);

    assert.equal(seen.formed[0]?.kind, "lifecycle");
    const inMs = (seen.formed[0]?.untilAtMs ?? 0) - open.clock.epochMs();
    assert.ok(inMs > 25_000 && inMs <= 30_000, "the stop's deadline ends it");
    assert.equal(seen.formed[0]?.members.length, 2);
    parent.kill();
  });

  it("is none where a handler has asked for a stop without waiting for it", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const [a, b] = [open.system.spawn(puppet), open.system.spawn(puppet)];
    const gate = new Gate();
    const asked = b.ask.run(() => a.ask.value());
    a.tell.run(() => {
      void b.stop();
      void codeOf(a.stop()); // refused, and not waited for either
      return gate.opened;
    });

    await open.clock.advance(2_000);

    assert.deepEqual(seen.formed, []);
    gate.open();
    await asked;
  });

  it("for a task that asks the actor whose handler waits for it", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const a = open.system.spawn(puppet);
    const done = codeOf(
      a.with({ timeoutMs: 60_000 }).ask.run((c) => c.spawnTask("ask", () => a.ask.value()).settled),
    );

    await open.clock.advance(1_000);

    assert.equal(seen.formed[0]?.kind, "self");
    assert.deepEqual(
      seen.formed[0]?.members.map(({ part }) => part),
      ["handler", "task"],
    );
    await open.clock.advance(6_000);
    await done;
  });

  it("for the start of a child whose hook asks its parent", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const parent = open.system.spawn(puppet);
    const child = defineActor("child", {
      onStart: () => parent.ask.value(),
      handlers: { value: () => 1 },
    });
    const asked = codeOf(
      parent.with({ timeoutMs: 60_000 }).ask.run((c) => c.spawnChild(child).whenReady()),
    );

    await open.clock.advance(1_000);

    const members = seen.formed[0]?.members ?? [];
    assert.deepEqual(
      new Set(members.map(({ type, part }) => `${type} ${part}`)),
      new Set(["puppet handler", "child hook"]),
    );
    await open.clock.advance(6_000);
    assert.equal(await asked, "ERR_START_FAILED");
  });
});

describe("an ask of an actor to itself", () => {
  it("is counted as a deadlock of one, which the runtime has refused", async () => {
    await using open = openManualSystem();
    const a = open.system.spawn(puppet);

    const code = await codeOf(a.ask.run(() => a.ask.value()));

    assert.equal(code, "ERR_SELF_ASK");
    assert.equal(
      await open.telemetry.value("actor.deadlocks", { "actor.deadlock.kind": "self" }),
      1,
    );
    assert.equal(await open.telemetry.value("actor.deadlock.active"), 0);
  });
});
