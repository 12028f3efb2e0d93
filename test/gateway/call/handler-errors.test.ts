import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settleTurns, until } from "../../_support/actor-waiting.ts";
import { desk, open, SECRET, waits } from "../../_support/outside-desk.ts";
import { toldOf } from "../../_support/outside-world.ts";

describe("an error of a handler, outside", () => {
  const inner = ["ERR_INTERNAL", 500, "failed"];

  it("is the code of a PublicError, with its data", async () => {
    await using outside = open();

    const { failure } = await outside.ask("desk.deny");

    const { code, status, outcome, message, data } = failure ?? {};
    assert.deepEqual([code, status, outcome], ["DENIED", 403, "failed"]);
    assert.deepEqual([message, data], ["you may not", { left: 1 }]);
    assert.deepEqual(await toldOf(outside.ask("picky.f")), ["CLOSED", 410, "failed"]);
  });

  it("is ERR_INTERNAL for any other error, which is logged", async () => {
    await using outside = open();

    const { failure } = await outside.ask("desk.boom");

    assert.deepEqual([failure?.code, failure?.status, failure?.outcome], inner);
    assert.doesNotMatch(JSON.stringify(failure), /s3cret/);
    assert.equal((outside.faults[0] as Error).message, SECRET);
    assert.deepEqual(await toldOf(outside.ask("desk.badKey")), inner);
  });

  it("is ERR_QUEUE_POISONED for a message that is waited for", async () => {
    await using outside = open();

    const ended = outside.call({
      kind: "send",
      type: "desk",
      name: "work",
      args: ["x"],
      waits: true,
    });

    assert.deepEqual(await toldOf(ended), ["ERR_QUEUE_POISONED", 500, "failed"]);
    assert.match(String((await ended).stored), /^[\w-]{8,}$/);
  });

  it("is ERR_ACTOR_STOPPED for a message that waits when the actor fails", async () => {
    await using outside = open();
    const first = outside.ask("desk.wait");
    await until(() => outside.system.books().active === 1);
    await settleTurns();

    const waiting = toldOf(outside.ask("desk.set", 1));
    const failing = outside.system.get(desk, "a");
    failing.kill();

    assert.deepEqual(await toldOf(first), ["ERR_ACTOR_KILLED", 500, "unknown"]);
    assert.deepEqual(await waiting, ["ERR_ACTOR_KILLED", 500, "unknown"]);
    const delegated = outside.ask("desk.delegate");
    await settleTurns();
    await outside.ask("desk.fail");
    assert.deepEqual(await toldOf(delegated), ["ERR_ACTOR_STOPPED", 503, "unknown"]);
  });

  for (const [value, name, code] of [
    [undefined, "setDate", "ERR_STATE_INVALID"],
    ["x".repeat(200), "set", "ERR_STATE_TOO_LARGE"],
  ] as const) {
    it(`is ${code} when what has changed cannot be stored`, async () => {
      await using outside = open();

      const told = await toldOf(outside.ask(`desk.${name}`, value));

      assert.deepEqual(told, [code, 500, "failed"]);
    });
  }

  it("is ERR_SAVE_FAILED, ERR_STATE_CONFLICT or ERR_SAVE_UNKNOWN after a commit", async () => {
    await using outside = open();
    await outside.ask("desk.set", 0);

    outside.store.refuse("ERR_STORE_FULL", 5);
    const refused = await toldOf(outside.ask("desk.set", 1));
    assert.deepEqual(refused, ["ERR_SAVE_FAILED", 500, "failed"]);
    await until(() => outside.system.books().active === 0);
  });

  it("is ERR_STATE_CONFLICT when another activation has written", async () => {
    await using outside = open();
    await outside.ask("desk.set", 0);

    outside.store.refuse("ERR_STORE_CONFLICT");
    const told = await toldOf(outside.ask("desk.set", 1));

    assert.deepEqual(told, ["ERR_STATE_CONFLICT", 500, "failed"]);
  });

  it("is ERR_SAVE_UNKNOWN when the outcome of the commit is", async () => {
    await using outside = open();
    await outside.ask("desk.set", 0);

    outside.store.lose("yes");
    const told = await toldOf(outside.ask("desk.set", 1));

    assert.deepEqual(told, ["ERR_SAVE_UNKNOWN", 500, "unknown"]);
  });

  it("is ERR_ASK_TIMEOUT, and says what the actor does", async () => {
    await using outside = open();
    const first = outside.ask("desk.wait");
    await settleTurns();

    const late = outside.call({
      kind: "ask",
      type: "desk",
      name: "set",
      deadlineMs: outside.clock.monotonicMs() + 100,
    });
    await settleTurns();
    await outside.clock.advance(100);

    const { failure } = await late;
    assert.deepEqual(
      [failure?.code, failure?.status, failure?.outcome],
      ["ERR_ASK_TIMEOUT", 504, "unknown"],
    );
    const text = "no reply to set of desk within 100 ms; the actor is in its handler wait";
    assert.equal(failure?.message, text);
    waits.gate.open();
    await first;
  });

  it("is ERR_ABORTED when its caller no longer waits", async () => {
    await using outside = open();
    const controller = new AbortController();

    const { signal } = controller;
    const gone = outside.call({ kind: "ask", type: "desk", name: "wait", signal });
    await settleTurns();
    controller.abort();

    assert.equal((await gone).failure?.code, "ERR_ABORTED");
    waits.gate.open();
  });

  it("is ERR_REPLY_LOST when the actor restarts before its delegated reply is given", async () => {
    await using outside = open();
    const delegated = outside.ask("phoenix.delegate");
    await settleTurns();

    await outside.ask("phoenix.fail");

    assert.deepEqual(await toldOf(delegated), ["ERR_REPLY_LOST", 500, "unknown"]);
  });

  it("is ERR_DEADLOCK for actors that wait for each other", async () => {
    await using outside = open({ system: { onDeadlock: "reject" } });

    const stuck = outside.ask("knot.call", ["b", "a"]);
    await settleTurns();
    await outside.clock.advance(1_000);

    assert.deepEqual(await toldOf(stuck), ["ERR_DEADLOCK", 500, "failed"]);
  });

  it("is ERR_SELF_ASK for an actor that asks itself", async () => {
    await using outside = open();

    const told = await toldOf(outside.ask("desk.itself"));

    assert.deepEqual(told, ["ERR_SELF_ASK", 500, "failed"]);
  });

  for (const [name, code] of [
    ["big", "ERR_REPLY_INVALID"],
    ["cycle", "ERR_REPLY_INVALID"],
    ["toFunction", "ERR_REPLY_INVALID"],
    ["long", "ERR_REPLY_TOO_LARGE"],
  ]) {
    it(`is ${code} for a reply that cannot be sent: ${name}`, async () => {
      await using outside = open({ replyBytes: 64 });

      const told = await toldOf(outside.ask(`desk.${name}`));

      assert.deepEqual(told, [code, 500, "failed"]);
      assert.equal(outside.faults.length, 1);
    });
  }
});
