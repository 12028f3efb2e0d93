import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Activation, activationOf } from "../../../src/activation/activation/activation.ts";
import type { HoldReason } from "../../../src/activation/awake/holds.ts";
import { requireRuntime } from "../../../src/actor/system/create-runtime.ts";
import { type AwakeHold, AwakeReason, defineActor, defineKeyedActor } from "../../../src/index.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { AWAKE_RULES, DrainEnd } from "../../_support/awake-rules.ts";

const IDLE_MS = 1_000;
const child = defineActor("child", { handlers: { noop() {} } });

const holder = defineKeyedActor("holder", {
  idleMs: IDLE_MS,
  taskDeadlineMs: 60_000,
  stopDeadlineMs: 120_000,
  handlers: {
    noop() {},
    handling: (_c, gate: Gate) => gate.opened,
    task: (c, gate: Gate) => void c.spawnTask("work", () => gate.opened),
    timer(c, gate: Gate) {
      const timer = c.after("alarm", 3_600_000, () => {});
      void gate.opened.then(() => timer.cancel());
    },
    async child(c, gate: Gate) {
      const ref = c.spawnChild(child);
      void gate.opened.then(() => ref.stop());
    },
    keep_awake: (c, gate: Gate) => void c.keepAwake(gate.opened),
    wait_until: (c, gate: Gate) => c.waitUntil(gate.opened),
    reply(c, gate: Gate) {
      const reply = c.delegateReply<number>();
      void gate.opened.then(() => reply.resolve(1));
      return reply;
    },
    why: (c): readonly AwakeHold[] => c.awakeReasons(),
  },
});

type World = ReturnType<typeof openManualSystem>;

function activation({ system }: World): Activation {
  const [cell] = [...requireRuntime(system).topLevel.descendants()];
  assert.ok(cell !== undefined);
  return activationOf(cell);
}

/** Ways to be awake for one reason until the gate is opened. */
const WAYS: Readonly<Record<string, (world: World, gate: Gate) => void>> = {
  ...Object.fromEntries(
    (["handling", "task", "timer", "child", "keep_awake", "reply"] as const).map((name) => [
      name,
      ({ system }: World, gate: Gate) => {
        const ref = system.get(holder, "a").with({ timeoutMs: 600_000 });
        void (ref.ask[name] as (given: Gate) => Promise<unknown>)(gate).catch(() => {});
      },
    ]),
  ),
  ...Object.fromEntries(
    (["internal", "queue_message", "connection", "http_request"] as const).map((reason) => [
      reason,
      (world: World, gate: Gate) => {
        const hold = activation(world).holds.take(reason satisfies HoldReason, "test");
        void gate.opened.then(() => hold.release());
      },
    ]),
  ),
};

describe("what keeps a keyed actor awake", () => {
  for (const [name, begin] of Object.entries(WAYS)) {
    const reason = name as AwakeReason;
    it(`${reason}: the actor stays awake until it is over, and sleeps ${IDLE_MS} ms later`, async () => {
      await using open = openManualSystem();
      await open.system.get(holder, "a").ask.noop();
      const gate = new Gate();
      begin(open, gate);
      await settleTurns();

      const points = await open.telemetry.points("actor.awake");
      await open.clock.advance(3 * IDLE_MS);
      const during = open.system.books().active;
      gate.open();
      await settleTurns();
      await open.clock.advance(IDLE_MS - 1);
      const before = [...requireRuntime(open.system).topLevel.descendants()].length;
      await open.clock.advance(1);
      await until(() => open.system.books().active === 0);

      assert.equal(AWAKE_RULES[reason].keepsAwake, true);
      const reported = points.filter(({ value }) => value === 1);
      assert.deepEqual(
        reported.map(({ attributes }) => attributes["actor.awake.reason"]),
        [reason],
      );
      assert.equal(during, reason === "child" ? 2 : 1);
      assert.equal(before, 1);
    });

    const { drained, atDeadline } = AWAKE_RULES[reason];
    it(`${reason}: a requested sleep ${drained ? "waits" : "does not wait"} for it`, async () => {
      await using open = openManualSystem();
      const ref = open.system.get(holder, "a");
      await ref.ask.noop();
      const gate = new Gate();
      begin(open, gate);
      await settleTurns();

      const asleep = ref.sleep();
      await settleTurns(20);
      const isOver = open.system.books().active === 0;
      gate.open();
      await asleep;

      // Children are stopped by the drain, and these have nothing to finish.
      assert.equal(isOver, !drained || reason === AwakeReason.Child);
      assert.equal(atDeadline !== DrainEnd.None, drained || reason === AwakeReason.QueueMessage);
    });
  }

  it("wait_until: the actor may sleep, but the drain waits for it", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const ref = open.system.get(holder, "a");
    await ref.ask.wait_until(gate);

    const why = await ref.ask.why();
    await open.clock.advance(IDLE_MS);
    await settleTurns();
    const [line] = open.telemetry.logs().filter(({ event }) => event === "actor.stopped");
    gate.open();
    await until(() => open.system.books().active === 0);

    assert.deepEqual(
      why.map(({ reason }) => reason),
      ["handling"],
    );
    assert.equal(line, undefined);
    const [stopped] = open.telemetry.logs().filter(({ event }) => event === "actor.stopped");
    assert.equal(stopped?.["reason"], "idle");
  });

  it("is named in a debug line when an actor would sleep otherwise, at most one in 30 s", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    await open.system.get(holder, "a").ask.keep_awake(gate);

    await open.clock.advance(10 * IDLE_MS);

    const lines = open.telemetry.logs().filter(({ event }) => event === "actor.awake");
    const reasons = lines.flatMap((line) => line["reasons"] as readonly AwakeHold[]);
    assert.deepEqual(
      reasons.map(({ reason, count }) => [reason, count]),
      [["keep_awake", 1]],
    );
    gate.open();
  });

  it("has a rule for each reason, in the order in which one is reported", () => {
    assert.deepEqual(Object.keys(AWAKE_RULES), Object.values(AwakeReason));
  });
});
