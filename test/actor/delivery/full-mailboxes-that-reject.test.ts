import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";

/** Holds two messages beside the one that waits at the gate. */
const narrow = defineActor("narrow", {
  state: () => ({ noted: [] as number[] }),
  mailbox: { limit: 2 },
  handlers: {
    wait: (_c, gate: Gate) => gate.opened,
    note: (c, number: number) => c.state.noted.push(number),
    noted: (c) => c.state.noted,
  },
});

describe("a full mailbox that rejects", () => {
  it("throws at a tell, keeps what it holds and counts what it refuses", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(narrow);
    ref.tell.wait(gate);
    await until(() => open.system.books().processing === 1);
    ref.tell.note(1);
    ref.tell.note(2);

    assert.throws(() => ref.tell.note(3), {
      name: "DeliveryError",
      code: "ERR_MAILBOX_FULL",
      actorId: ref.id,
      messageType: "note",
      message: `mailbox of ${ref.id} is full (2 messages)`,
    });

    gate.open();
    await until(() => open.system.books().waiting === 0);
    assert.deepEqual(await ref.ask.noted(), [1, 2]);
    assert.equal(open.system.books().rejected, 1);
  });

  it("rejects an ask with the same error, and counts it", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(narrow);
    ref.tell.wait(gate);
    ref.tell.note(1);

    const code = await codeOf(ref.ask.noted());

    assert.equal(code, "ERR_MAILBOX_FULL");
    const errorType = { "error.type": "ERR_MAILBOX_FULL" };
    assert.equal(await open.telemetry.value("actor.mailbox.rejected", errorType), 1);
    gate.open();
  });

  it("throws at a tell with more arguments than fit without an envelope", async () => {
    await using open = openSystem();
    const many = defineActor("many", {
      mailbox: { limit: 1 },
      handlers: { take: (_c, ...numbers: number[]) => numbers },
    });
    const ref = open.system.spawn(many);
    ref.tell.take(1, 2, 3);

    assert.throws(() => ref.tell.take(1, 2, 3), { code: "ERR_MAILBOX_FULL" });
    assert.equal(await codeOf(ref.ask.take(1, 2, 3)), "ERR_MAILBOX_FULL");
  });

  it("has room again as soon as a message has been handled", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(narrow);
    ref.tell.note(1);
    ref.tell.note(2);
    assert.throws(() => ref.tell.note(3), { code: "ERR_MAILBOX_FULL" });

    await until(() => open.system.books().waiting === 0);
    ref.tell.note(4);

    assert.deepEqual(await ref.ask.noted(), [1, 2, 4]);
  });

  it("fills up while the actor starts, too", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const slow = defineActor("slow", {
      mailbox: { limit: 1 },
      onStart: () => gate.opened,
      handlers: { note: (_c, number: number) => number },
    });
    const ref = open.system.spawn(slow);
    ref.tell.note(1);

    assert.throws(() => ref.tell.note(2), { code: "ERR_MAILBOX_FULL" });

    gate.open();
    await ref.whenReady();
  });

  it("fails the tell of the actor itself like anybody's", async () => {
    await using open = openSystem();
    const codes: unknown[] = [];
    const eager = defineActor("eager", {
      mailbox: { limit: 1 },
      restart: { policy: "never" },
      onFailure(_c, { error }) {
        codes.push((error as { code?: unknown }).code);
        return "resume";
      },
      handlers: {
        burst(c) {
          c.self.tell["note"]?.(1);
          c.self.tell["note"]?.(2);
        },
        note: (_c, number: number) => number,
      },
    });

    open.system.spawn(eager).tell.burst();

    await until(() => codes.length > 0);
    assert.deepEqual(codes, ["ERR_MAILBOX_FULL"]);
  });

  it("says so in the log a few times, not each time", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(narrow);
    ref.tell.wait(gate);
    ref.tell.note(1);

    for (let number = 0; number < 50; number += 1) assert.throws(() => ref.tell.note(number));

    const lines = open.telemetry.logs().filter(({ event }) => event === "actor.mailbox.full");
    assert.equal(lines.length, 3);
    assert.partialDeepStrictEqual(lines[0], { target_id: ref.id, message_type: "note", limit: 2 });
    gate.open();
  });
});
