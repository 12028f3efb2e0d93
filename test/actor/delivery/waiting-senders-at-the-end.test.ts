import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate } from "../../_support/actor-waiting.ts";

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

describe("an actor that ends while senders wait", () => {
  it("handles what they wait to send when it is told to stop", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(patient);
    void ref.tell.wait(gate);
    const tells = [1, 2, 3].map((number) => ref.tell.note(number));
    const noted = ref.ask.noted();
    const stopped = ref.stop();

    gate.open();
    await Promise.all([...tells, stopped]);

    assert.deepEqual(await noted, [1, 2, 3]);
  });

  it("by a kill leaves no sender waiting: tells are dead letters, asks are rejected", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(patient);
    void ref.tell.wait(new Gate());
    const told = ref.with({ timeoutMs: 1_000 }).tell.note(1);
    const asked = codeOf(ref.ask.noted());

    ref.kill();

    await told;
    assert.equal(await asked, "ERR_ACTOR_KILLED");
    assert.deepEqual(
      open.system.deadLetters.recent().map(({ messageType, reason }) => [messageType, reason]),
      [
        ["wait", "undelivered"],
        ["note", "undelivered"],
        ["noted", "undelivered"],
      ],
    );
  });

  it("because it could not start leaves no sender waiting", async () => {
    await using open = openSystem();
    const stillborn = defineActor("stillborn", {
      mailbox: { limit: 1, whenFull: "wait" },
      onStart: () => assert.fail("no start"),
      handlers: { note: (_c, number: number) => number },
    });
    const ref = open.system.spawn(stillborn);

    await Promise.all([1, 2, 3].map((number) => ref.tell.note(number)));

    assert.equal(open.system.books().deadLetters, 3);
  });

  it("resolves later tells at once: they are dead letters like anybody's", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(patient);
    await ref.stop();

    await ref.tell.note(1);

    assert.equal(open.system.deadLetters.recent()[0]?.reason, "stopped");
  });
});

describe("a mailbox of one or of many", () => {
  it("keeps the order of one sender through growing, waiting and shrinking", async () => {
    await using open = openSystem();
    const seen: number[] = [];
    const wide = defineActor("wide", {
      mailbox: { limit: 37, whenFull: "wait" },
      handlers: { note: (_c, number: number) => void seen.push(number) },
    });
    const ref = open.system.spawn(wide);
    const numbers = Array.from({ length: 2_000 }, (_, number) => number);

    await Promise.all(numbers.map((number) => ref.tell.note(number)));
    await ref.stop();

    assert.deepEqual(seen, numbers);
  });
});
