import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  defineActor,
  defineKeyedActor,
  type MonitoredSystem,
  type MonitorWarning,
  snapshot,
} from "../../../src/index.ts";
import { Thresholds } from "../../../src/monitor/thresholds.ts";
import { ManualClock } from "../../../src/testing.ts";
import { openManualSystem, openSystem, shutDownBy } from "../../_support/actor-system.ts";
import { Gate, settleTurns } from "../../_support/actor-waiting.ts";
import { type PuppetRef, puppet } from "../../_support/monitor-actors.ts";
import { BlockingClock } from "../../_support/monitor-clock.ts";

function record(system: MonitoredSystem): MonitorWarning[] {
  const warnings: MonitorWarning[] = [];
  system.monitor.on("warning", (warning) => warnings.push(warning));
  return warnings;
}

/** Restarts as often as it is told to fail. */
const fragile = defineActor("fragile", {
  restart: { maxRestarts: 1_000 },
  handlers: {
    fail() {
      throw new Error("no");
    },
  },
});

describe("the monitor warns", () => {
  it("of mailboxes that only grow", async () => {
    await using open = openManualSystem();
    const warnings = record(open.system);
    const a = open.system.spawn(puppet);
    const gate = new Gate();
    a.tell.run(() => gate.opened);
    for (let second = 0; second < 8; second += 1) {
      for (let message = 0; message < 300; message += 1) a.tell.value();
      await open.clock.advance(1_000);
    }

    assert.deepEqual(
      warnings.map(({ kind, type }) => [kind, type]),
      [["mailbox_growing", "puppet"]],
    );
    assert.match(
      warnings[0]?.text ?? "",
      /^\d+ messages wait for actors of type puppet, \d+ more than 5 s ago$/,
    );
    gate.open();
    await open.clock.advance(2_000);
    assert.deepEqual(snapshot(open.system).warnings, []);
  });

  it("of nothing when a mailbox is full but shrinks", async () => {
    await using open = openManualSystem();
    const warnings = record(open.system);
    const a = open.system.spawn(puppet);
    const gates = Array.from({ length: 10 }, () => new Gate());
    for (const gate of gates) a.tell.run(() => gate.opened);
    for (let message = 0; message < 2_000; message += 1) a.tell.value();
    for (const gate of gates) {
      await open.clock.advance(1_000);
      gate.open();
    }

    assert.deepEqual(warnings, []);
  });

  it("of restarts that come thick and fast, once, and stops when they do", async () => {
    await using open = openManualSystem();
    const warnings = record(open.system);
    const a = open.system.spawn(fragile);
    for (let failure = 0; failure < Thresholds.restarts; failure += 1) {
      a.tell.fail();
      await settleTurns();
    }
    await open.clock.advance(3_000);

    assert.deepEqual(
      warnings.map(({ kind, type }) => [kind, type]),
      [["restart_storm", "fragile"]],
    );
    assert.equal(snapshot(open.system).warnings.length, 1);
    const [line] = open.telemetry.logs().filter(({ event }) => event === "actor.warning");
    assert.deepEqual(
      [line?.["warning"], line?.["target_type"], line?.["level"]],
      ["restart_storm", "fragile", 40],
    );
    assert.equal(line?.["detail"], "actors of type fragile restarted 10 times in 10 s");
    assert.match(String(line?.["advice"]), /\w/);

    await open.clock.advance(Thresholds.windowMs + 2_000);
    assert.deepEqual(snapshot(open.system).warnings, []);
  });

  it("of many dead letters", async () => {
    await using open = openManualSystem();
    const warnings = record(open.system);
    const gone = open.system.spawn(puppet);
    await gone.stop();
    await open.clock.advance(5_000);
    for (let letter = 0; letter < Thresholds.deadLetters; letter += 1) gone.tell.value();
    await open.clock.advance(2_000);

    assert.deepEqual(
      warnings.map(({ kind }) => kind),
      ["dead_letter_burst"],
    );
  });

  it("of asks that time out one after the other", async () => {
    await using open = openManualSystem({ askTimeoutMs: 500 });
    const warnings = record(open.system);
    const a = open.system.spawn(puppet);
    const gate = new Gate();
    a.tell.run(() => gate.opened);
    const asks = Array.from({ length: Thresholds.askTimeouts }, () => a.ask.value());
    const settled = Promise.allSettled(asks);
    await open.clock.advance(3_000);
    await settled;

    assert.deepEqual(
      warnings.map(({ kind }) => kind),
      ["ask_timeouts"],
    );
    gate.open();
  });

  it("of an event loop that an actor blocks", async () => {
    const clock = new BlockingClock(new ManualClock());
    await using open = openSystem({ clock });
    const warnings = record(open.system);
    const greedy = open.system.spawn(puppet);
    greedy.tell.run(() => clock.block(3_000));
    await settleTurns();
    await clock.manual.advance(2_000);

    assert.deepEqual(
      warnings.map(({ kind, type }) => [kind, type]),
      [["event_loop_blocked", "puppet"]],
    );
    assert.match(warnings[0]?.text ?? "", new RegExp(`by the handler run of ${greedy.id}$`));
    await shutDownBy(clock.manual, open.system);
  });

  it("of actors and tasks that become more and never fewer", async () => {
    await using open = openManualSystem();
    const warnings = record(open.system);
    const gate = new Gate();
    const a = open.system.spawn(puppet);
    const spawned: PuppetRef[] = [];
    for (let second = 0; second < 65; second += 1) {
      for (let actor = 0; actor < 20; actor += 1) spawned.push(open.system.spawn(puppet));
      await a.ask.run((c) => {
        for (let task = 0; task < 2; task += 1) c.spawnTask("leak", () => gate.opened);
      });
      await open.clock.advance(1_000);
    }

    assert.deepEqual(
      new Set(warnings.map(({ kind }) => kind)),
      new Set(["actor_leak", "task_leak"]),
    );
    gate.open();
    await Promise.all(spawned.map((ref) => ref.stop()));
  });

  it("of keyed actors whose state is large, until it is smaller or they sleep", async () => {
    const diary = defineKeyedActor("diary", {
      state: () => ({ text: "" }),
      maxStateBytes: 1_000,
      handlers: {
        write(c, length: number) {
          c.state.text = "x".repeat(length);
        },
      },
    });
    await using open = openManualSystem();
    const warnings = record(open.system);
    const [alice, bob] = ["alice", "bob"].map((key) => open.system.get(diary, key));
    const kinds = async () => {
      await open.clock.advance(2_000);
      return snapshot(open.system).warnings.map(({ kind, text }) => [kind, text]);
    };

    await alice?.ask.write(480);
    const small = await kinds();
    await Promise.all([alice?.ask.write(600), bob?.ask.write(700)]);
    const large = await kinds();
    await alice?.ask.write(10);
    await bob?.sleep();
    const asleep = await kinds();
    await bob?.whenReady();
    const awake = await kinds();

    const text = (count: number) =>
      `the states of ${count} actors of type diary are larger than half of \`maxStateBytes\``;
    assert.deepEqual(small, []);
    assert.deepEqual(large, [["large_state", text(2)]]);
    assert.deepEqual(asleep, []);
    assert.deepEqual(awake, [["large_state", text(1)]]);
    assert.equal(warnings.length, 2);
  });

  it("of nothing while all is well", async () => {
    await using open = openManualSystem();
    const warnings = record(open.system);
    const a = open.system.spawn(puppet);
    for (let second = 0; second < 70; second += 1) {
      for (let message = 0; message < 100; message += 1) a.tell.value();
      await a.ask.value();
      await open.clock.advance(1_000);
    }

    assert.deepEqual(warnings, []);
  });
});
