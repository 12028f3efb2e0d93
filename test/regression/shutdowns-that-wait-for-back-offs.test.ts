import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, defineActor } from "../../src/index.ts";
import { openManualSystem } from "../_support/actor-system.ts";
import { codeOf, Gate, settleTurns } from "../_support/actor-waiting.ts";

interface FailingMessages {
  fail(): void;
  work(): number;
}

function failing(delayMs: number, onStop?: () => void) {
  return defineActor("failing", {
    restart: { backoff: { initialMs: delayMs, maxMs: delayMs, jitter: 0 } },
    mailbox: { limit: 3, whenFull: "wait" },
    ...(onStop === undefined ? {} : { onStop }),
    handlers: {
      fail() {
        throw new Error("oops");
      },
      async failLater(_c, gate: Gate) {
        await gate.opened;
        throw new Error("oops");
      },
      work: () => 1,
    },
  });
}

describe("a shutdown with an actor whose back-off is longer than its share", () => {
  it("ends immediately, and the queued messages are dead letters", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(failing(60_000));
    void ref.tell.fail();
    await settleTurns();
    for (let message = 0; message < 3; message += 1) void ref.tell.work();

    const report = await open.system.shutdown();

    assert.deepEqual(report, { deadLetters: 3, killed: 0, durationMs: 0 });
    assert.equal(await ref.whenStopped(), "shutdown");
  });

  it("rejects asks and releases senders that wait for room", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(failing(60_000));
    void ref.tell.fail();
    await settleTurns();
    const codes = Array.from({ length: 3 }, () => codeOf(ref.ask.work()));
    const parkedAsk = codeOf(ref.ask.work());
    const parkedTell = ref.tell.work();

    const report = await open.system.shutdown();

    assert.partialDeepStrictEqual(report, { deadLetters: 5, durationMs: 0 });
    assert.deepEqual(new Set(await Promise.all(codes)), new Set(["ERR_ACTOR_STOPPED"]));
    assert.equal(await parkedAsk, "ERR_ACTOR_STOPPED");
    await parkedTell; // its message is a dead letter
  });

  it("releases handlers that wait for it", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(failing(60_000));
    const asker = defineActor("asker", {
      handlers: { ask: (_c, other: ActorRef<FailingMessages>) => codeOf(other.ask.work()) },
    });
    void ref.tell.fail();
    await settleTurns();
    const reply = open.system.spawn(asker).ask.ask(ref as unknown as ActorRef<FailingMessages>);
    await settleTurns();

    const report = await open.system.shutdown();

    assert.equal(await reply, "ERR_ACTOR_STOPPED");
    assert.equal(report.durationMs, 0);
  });

  it("is the same for a child", async () => {
    await using open = openManualSystem();
    const parent = defineActor("parent", {
      handlers: {
        begin(c) {
          const child = c.spawnChild(failing(60_000));
          void child.tell.fail();
          void child.tell.work();
        },
      },
    });
    open.system.spawn(parent).tell.begin();
    await settleTurns();

    const report = await open.system.shutdown();

    assert.deepEqual(report, { deadLetters: 1, killed: 0, durationMs: 0 });
  });

  it("is the same for a back-off that begins during the shutdown", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(failing(60_000));
    const gate = new Gate();
    void ref.tell.failLater(gate);
    void ref.tell.work();
    await settleTurns();

    const shut = open.system.shutdown();
    await settleTurns();
    gate.open();

    assert.deepEqual(await shut, { deadLetters: 1, killed: 0, durationMs: 0 });
  });

  it("does not call onStop, as there is no life to end", async () => {
    await using open = openManualSystem();
    let calls = 0;
    const count = (): void => {
      calls += 1;
    };
    const ref = open.system.spawn(failing(60_000, count));
    void ref.tell.fail();
    await settleTurns();
    const before = calls;

    await open.system.shutdown();

    assert.equal(calls, before);
  });
});

describe("a shutdown with an actor whose back-off ends within its share", () => {
  it("handles the queued messages after the restart", async () => {
    await using open = openManualSystem();
    const { system, clock } = open;
    const ref = system.spawn(failing(300));
    void ref.tell.fail();
    await settleTurns();
    const reply = ref.ask.work();

    const shut = system.shutdown();
    await clock.advance(300);

    assert.equal(await reply, 1);
    assert.deepEqual(await shut, { deadLetters: 0, killed: 0, durationMs: 300 });
  });
});
