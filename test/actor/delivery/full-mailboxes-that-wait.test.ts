import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { type ActorSystem, defineActor } from "../../../src/index.ts";
import { type OpenSystem, openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

/** Holds one message beside the one that waits at the gate. */
const patient = defineActor("patient", {
  state: () => ({ noted: [] as number[] }),
  mailbox: { limit: 1, whenFull: "wait" },
  handlers: {
    wait: (_c, gate: Gate) => gate.opened,
    note: (c, number: number) => c.state.noted.push(number),
    noted: (c) => c.state.noted,
  },
});

/** A ref whose actor is busy until the gate opens, and whose mailbox holds a note of 0. */
async function spawnFull({ system }: OpenSystem, gate: Gate): Promise<ReturnType<typeof spawn>> {
  const ref = spawn(system);
  void ref.tell.wait(gate);
  await until(() => system.books().processing === 1);
  void ref.tell.note(0);
  return ref;
}

function spawn(system: ActorSystem) {
  return system.spawn(patient);
}

describe("a full mailbox that lets senders wait", () => {
  it("resolves a tell at once while there is room", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(patient);

    await ref.tell.note(1);

    assert.deepEqual(await ref.ask.noted(), [1]);
  });

  it("resolves waiting tells in the order they came, as messages are handled", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const resolved: number[] = [];
    const ref = open.system.spawn(patient);
    await ref.tell.wait(gate);
    await until(() => open.system.books().processing === 1);
    const tells = [1, 2, 3, 4].map((number) =>
      ref.tell.note(number).then(() => resolved.push(number)),
    );
    await settleTurns();
    assert.deepEqual(resolved, [1]);

    gate.open();
    await Promise.all(tells);

    assert.deepEqual(resolved, [1, 2, 3, 4]);
    assert.deepEqual(await ref.ask.noted(), [1, 2, 3, 4]);
  });

  it("does not count a message as sent while its sender waits", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(patient);
    void ref.tell.wait(gate);

    const waiting = ref.tell.note(1);

    assert.equal(open.system.books().sent, 1);
    gate.open();
    await waiting;
    assert.equal(open.system.books().sent, 2);
  });

  it("answers a waiting ask once its turn has come", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(patient);
    void ref.tell.wait(gate);
    void ref.tell.note(1);
    const noted = ref.ask.noted();

    gate.open();

    assert.deepEqual(await noted, [1]);
  });

  it("lets no sender past those that wait, not even between two messages of a turn", async () => {
    await using open = openSystem();
    const seen: number[] = [];
    const inner = defineActor("inner", {
      mailbox: { limit: 2, whenFull: "wait" },
      handlers: {
        begin(c) {
          for (const number of [1, 2, 3, 4]) c.self.tell["note"]?.(number);
        },
        note(c, number: number) {
          seen.push(number);
          if (number === 1) c.self.tell["note"]?.(5);
        },
      },
    });

    await open.system.spawn(inner).tell.begin();

    await until(() => seen.length === 5);
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  });

  it("gives up a tell after its own time limit, and never delivers it", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const ref = await spawnFull(open, gate);
    const late = codeOf(ref.with({ timeoutMs: 100 }).tell.note(1));

    await open.clock.advance(100);
    gate.open();

    assert.equal(await late, "ERR_MAILBOX_FULL");
    assert.deepEqual(await ref.ask.noted(), [0]);
    assert.equal(open.system.books().rejected, 1);
  });

  it("gives up a tell when its signal aborts, with the reason as the cause", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const abort = new AbortController();
    const ref = await spawnFull(open, gate);
    const given = ref.with({ signal: abort.signal }).tell.note(1);
    const reason = new Error("changed my mind");

    abort.abort(reason);

    await assert.rejects(given, { code: "ERR_ABORTED", cause: reason, messageType: "note" });
    gate.open();
    assert.deepEqual(await ref.ask.noted(), [0]);
  });

  it("gives up a tell at once when its signal is aborted already, unless there is room", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const ref = await spawnFull(open, gate);
    const hasty = ref.with({ signal: AbortSignal.abort(), timeoutMs: 1_000 });

    const code = await codeOf(hasty.tell.note(1));

    assert.equal(code, "ERR_ABORTED");
    assert.equal(open.clock.pendingTimers, 0);
    gate.open();
    await until(() => open.system.books().processing === 0);
    assert.equal(await codeOf(hasty.tell.note(2)), undefined);
  });

  it("leaves neither a timer nor a listener behind once the message is in", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const { signal } = new AbortController();
    const ref = await spawnFull(open, gate);
    const waiting = ref.with({ signal, timeoutMs: 1_000 }).tell.note(1);
    assert.equal(getEventListeners(signal, "abort").length, 1);

    gate.open();
    await waiting;

    assert.equal(open.clock.pendingTimers, 0);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("does not deliver an ask that timed out while its sender waited", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const ref = await spawnFull(open, gate);
    const late = codeOf(ref.with({ timeoutMs: 10 }).ask.note(1));
    await open.clock.advance(40);

    gate.open();

    assert.equal(await late, "ERR_ASK_TIMEOUT");
    assert.deepEqual(await ref.ask.noted(), [0]);
    assert.equal(open.system.deadLetters.recent()[0]?.reason, "abandoned");
  });
});
