import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, type Cancellable, defineActor } from "../../../src/index.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { Gate, until } from "../../_support/actor-waiting.ts";

type Act = (c: ActorContext<undefined>) => unknown;

/** Does what it is told in its own handler. */
const clockwork = defineActor("clockwork", {
  mailbox: { limit: 1 },
  handlers: {
    act: (c, act: Act) => act(c),
    wait: (_c, gate: Gate) => gate.opened,
  },
});

describe("c.after", () => {
  it("runs once, when its time has come and not before", async () => {
    await using open = openManualSystem();
    const firedAtMs: number[] = [];
    const { clock } = open;
    const startMs = clock.monotonicMs();
    const ref = open.system.spawn(clockwork);
    await ref.ask.act((c) => void c.after("once", 25, () => firedAtMs.push(clock.monotonicMs())));

    await clock.advance(1_000);

    assert.deepEqual(firedAtMs, [startMs + 25]);
  });

  it("is a message: it waits for the handler that is under way", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    let fired = 0;
    const ref = open.system.spawn(clockwork);
    await ref.ask.act((c) => void c.after("once", 10, () => (fired += 1)));
    ref.tell.wait(gate);
    await open.clock.advance(20);
    assert.equal(fired, 0);

    gate.open();
    await until(() => fired === 1);

    const timer = { "actor.message.kind": "timer", "actor.message.type": "once" };
    assert.equal(await open.telemetry.value("actor.message.handled", timer), 1);
  });

  it("goes past the limit of a full mailbox", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    let fired = 0;
    const ref = open.system.spawn(clockwork);
    await ref.ask.act((c) => void c.after("once", 10, () => (fired += 1)));
    ref.tell.wait(gate);
    await until(() => open.system.books().processing === 1);
    ref.tell.act(() => {});

    await open.clock.advance(20);

    assert.equal(open.system.books().waiting, 2);
    assert.equal(open.system.books().rejected, 0);
    gate.open();
    await until(() => fired === 1);
  });

  it("never runs once it is cancelled", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(clockwork);
    const timer = (await ref.ask.act((c) =>
      c.after("once", 10, () => assert.fail("it was cancelled")),
    )) as Cancellable;

    timer.cancel();

    await open.clock.advance(100);
    assert.equal(open.clock.pendingTimers, 0);
  });

  it("never runs when it is cancelled in the mailbox, but counts as handled", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const ref = open.system.spawn(clockwork);
    const timer = (await ref.ask.act((c) =>
      c.after("once", 10, () => assert.fail("it was cancelled")),
    )) as Cancellable;
    ref.tell.wait(gate);
    await open.clock.advance(10);

    timer.cancel();
    gate.open();
    await until(() => open.system.books().waiting === 0);

    const kind = { "actor.message.kind": "timer" };
    assert.equal(await open.telemetry.value("actor.message.handled", kind), 1);
  });

  it("sees the actor's state of that moment, and may be async", async () => {
    await using open = openManualSystem();
    const seen: number[] = [];
    const counter = defineActor("counter", {
      state: () => ({ count: 0 }),
      handlers: {
        count(c) {
          c.state.count += 1;
        },
        lookLater: (c) =>
          void c.after("look", 10, async () => {
            await Promise.resolve();
            seen.push(c.state.count);
          }),
      },
    });
    const ref = open.system.spawn(counter);
    await ref.ask.lookLater();
    await ref.ask.count();

    await open.clock.advance(10);

    assert.deepEqual(seen, [1]);
  });
});

describe("c.every", () => {
  it("runs each period until it is cancelled", async () => {
    await using open = openManualSystem();
    let ticks = 0;
    const ref = open.system.spawn(clockwork);
    const timer = (await ref.ask.act((c) =>
      c.every("tick", 10, () => (ticks += 1)),
    )) as Cancellable;
    await open.clock.advance(55);
    assert.equal(ticks, 5);

    timer.cancel();
    await open.clock.advance(55);

    assert.equal(ticks, 5);
  });

  it("may be cancelled by its own action, or by leaving a scope", async () => {
    await using open = openManualSystem();
    let ticks = 0;
    const ref = open.system.spawn(clockwork);
    await ref.ask.act((c) => {
      using _gone = c.every("gone", 10, () => assert.fail("it was disposed of"));
      const timer = c.every("tick", 10, () => {
        ticks += 1;
        timer.cancel();
      });
    });

    await open.clock.advance(100);

    assert.equal(ticks, 1);
  });

  it("does not double a tick that is still queued when the next is due", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    let ticks = 0;
    const ref = open.system.spawn(clockwork);
    await ref.ask.act((c) => void c.every("tick", 10, () => (ticks += 1)));
    ref.tell.wait(gate);
    await open.clock.advance(1_000);
    assert.equal(open.system.books().waiting, 1);

    gate.open();
    await until(() => ticks === 1);
    await open.clock.advance(10);

    assert.equal(ticks, 2);
  });

  it("goes on when its action fails and the failure is resumed", async () => {
    await using open = openManualSystem();
    let ticks = 0;
    const stubborn = defineActor("stubborn", {
      onFailure: () => "resume",
      handlers: {
        begin: (c) =>
          void c.every("tick", 10, () => {
            ticks += 1;
            throw new Error("oops");
          }),
      },
    });
    await open.system.spawn(stubborn).ask.begin();

    await open.clock.advance(30);

    assert.equal(ticks, 3);
    const phase = { "actor.failure.phase": "timer" };
    assert.equal(await open.telemetry.value("actor.failures", phase), 3);
  });
});
