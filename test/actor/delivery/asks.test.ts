import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { type DeliveryError, defineActor } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, forever, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

const calculator = defineActor("calculator", {
  state: () => ({ handled: 0 }),
  handlers: {
    add: (_c, a: number, b: number) => a + b,
    addLater: async (_c, a: number, b: number) => a + b,
    count: (_c, ...args: unknown[]) => args.length,
    handled: (c) => c.state.handled,
    note(c) {
      c.state.handled += 1;
    },
    wait: (_c, gate: Gate) => gate.opened,
    hang: () => forever(),
  },
});

describe("an ask", () => {
  it("resolves with what the handler returns", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(calculator);

    const sum = await ref.ask.add(1, 2);

    assert.equal(sum, 3);
  });

  it("resolves with what the handler's promise resolves with", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(calculator);

    const sum = await ref.ask.addLater(1, 2);

    assert.equal(sum, 3);
  });

  it("hands on exactly as many arguments as were given", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(calculator);

    const counts = await Promise.all([
      ref.ask.count(),
      ref.ask.count(undefined),
      ref.ask.count(undefined, undefined),
      ref.ask.count(1, 2, undefined),
    ]);

    assert.deepEqual(counts, [0, 1, 2, 3]);
  });

  it("times out after its own time limit, naming the handler that keeps the actor busy", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(calculator);
    const busy = ref.ask.hang();
    const error = ref
      .with({ timeoutMs: 200 })
      .ask.add(1, 2)
      .catch((thrown: DeliveryError) => thrown);

    await open.clock.advance(220);

    const { code, actorId, messageType, message } = (await error) as DeliveryError;
    assert.deepEqual(
      { code, actorId, messageType },
      { code: "ERR_ASK_TIMEOUT", actorId: ref.id, messageType: "add" },
    );
    assert.match(message, /within 200 ms; the actor is in its handler hang/);
    ref.kill();
    assert.equal(await codeOf(busy), "ERR_ACTOR_KILLED");
  });

  it("times out after the system's time limit when it has none of its own", async () => {
    await using open = openManualSystem({ askTimeoutMs: 100, shutdownDeadlineMs: 100 });
    const outcome = codeOf(open.system.spawn(calculator).ask.hang());

    await open.clock.advance(90);
    const early = await Promise.race([outcome, settleTurns().then(() => "pending")]);
    await open.clock.advance(30);

    assert.equal(early, "pending");
    assert.equal(await outcome, "ERR_ASK_TIMEOUT");
  });

  it("ignores a reply that comes after the time-out, and the actor goes on", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const ref = open.system.spawn(calculator);
    const late = codeOf(ref.with({ timeoutMs: 10 }).ask.wait(gate));
    await open.clock.advance(40);

    gate.open();

    assert.equal(await late, "ERR_ASK_TIMEOUT");
    assert.equal(await ref.ask.add(1, 2), 3);
  });

  it("that has expired in the queue is skipped and counted as a dead letter", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const ref = open.system.spawn(calculator);
    void ref.ask.wait(gate);
    const expired = codeOf(ref.with({ timeoutMs: 10 }).ask.note());
    await open.clock.advance(40);

    gate.open();

    assert.equal(await expired, "ERR_ASK_TIMEOUT");
    assert.equal(await ref.ask.handled(), 0);
    assert.deepEqual(
      open.system.deadLetters.recent().map(({ messageType, reason }) => [messageType, reason]),
      [["note", "abandoned"]],
    );
  });

  it("leaves no time-out behind once it is answered", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(calculator);

    await ref.ask.add(1, 2);
    await open.clock.advance(20);

    assert.equal(open.clock.pendingTimers, 0);
  });
});

describe("an ask with a signal", () => {
  it("that is aborted already is refused and never handled", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(calculator);
    const signal = AbortSignal.abort(new Error("not needed"));

    const asked = ref.with({ signal }).ask.note();

    await assert.rejects(asked, { code: "ERR_ABORTED", cause: signal.reason });
    assert.equal(await ref.ask.handled(), 0);
  });

  it("is given up when it aborts while the message is queued", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(calculator);
    const abort = new AbortController();
    void ref.ask.wait(gate);
    const asked = codeOf(ref.with({ signal: abort.signal }).ask.note());

    abort.abort();
    gate.open();

    assert.equal(await asked, "ERR_ABORTED");
    assert.equal(await ref.ask.handled(), 0);
    assert.equal(open.system.books().deadLetters, 1);
  });

  it("is given up when it aborts during the handler, which ends all the same", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(calculator);
    const abort = new AbortController();
    const asked = codeOf(ref.with({ signal: abort.signal }).ask.wait(gate));
    await until(() => open.system.books().processing === 1);

    abort.abort();

    assert.equal(await asked, "ERR_ABORTED");
    gate.open();
    await until(() => open.system.books().handled === 1);
  });

  it("keeps its reply when it aborts afterwards", async () => {
    await using open = openSystem();
    const abort = new AbortController();
    const asked = open.system.spawn(calculator).with({ signal: abort.signal }).ask.add(1, 2);
    const sum = await asked;

    abort.abort();

    assert.equal(sum, 3);
    assert.equal(await asked, 3);
  });

  it("leaves no listener on the signal once it is settled", async () => {
    await using open = openSystem();
    const { signal } = new AbortController();
    const asked = open.system.spawn(calculator).with({ signal }).ask.add(1, 2);
    assert.equal(getEventListeners(signal, "abort").length, 1);

    await asked;

    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("combines with a time limit set on the same ref before", async () => {
    await using open = openManualSystem({ shutdownDeadlineMs: 100 });
    const abort = new AbortController();
    const ref = open.system
      .spawn(calculator)
      .with({ timeoutMs: 50 })
      .with({ signal: abort.signal });
    const outcome = codeOf(ref.ask.hang());

    await open.clock.advance(80);

    assert.equal(await outcome, "ERR_ASK_TIMEOUT");
  });
});
