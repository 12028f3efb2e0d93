import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StoreError } from "../../../src/base/errors.ts";
import { unchecked } from "../../../src/gateway.ts";
import { defineKeyedActor, openSqliteStore } from "../../../src/index.ts";
import { expectBooks } from "../../../src/testing.ts";
import { Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { viewOf, WatchedStore } from "../../_support/keyed.ts";
import { all, desk, exposeAll, needy, open, SECRET, waits } from "../../_support/outside-desk.ts";
import { openOutside, toldOf } from "../../_support/outside-world.ts";

describe("an error outside", () => {
  it("is ERR_NOT_FOUND for what is not exposed, as for what does not exist", async () => {
    await using outside = openOutside([exposeAll(desk, { calls: { set: unchecked } })]);

    const ends = [
      outside.ask("desk.boom"),
      outside.ask("desk.nothing"),
      outside.ask("nothing.set"),
      outside.ask("desk.toString"),
      outside.call({ kind: "send", type: "desk", name: "work", args: ["x"] }),
      outside.call({ kind: "send", type: "desk", name: "set", args: ["x"] }),
      outside.call({ kind: "tell", type: "__proto__", name: "constructor" }),
    ];

    const [first, ...others] = await Promise.all(ends);
    assert.deepEqual(await toldOf(outside.ask("desk.boom")), ["ERR_NOT_FOUND", 404, "not_handled"]);
    for (const other of others) assert.deepEqual(other, first);
    assert.equal(outside.system.books().started, 0);
  });

  it("is ERR_INVALID_KEY for a key that is none", async () => {
    await using outside = open();

    for (const key of [[], [""], [SECRET.repeat(1_000)], ["\ud800"], Array(17).fill("a")]) {
      const { failure } = await outside.call({ kind: "ask", type: "desk", name: "set", key });

      assert.equal(failure?.code, "ERR_INVALID_KEY");
      assert.deepEqual([failure?.status, failure?.outcome], [400, "not_handled"]);
      assert.doesNotMatch(String(failure?.message), /s3cret/);
    }
  });

  it("is ERR_NO_SUCH_ACTOR where an actor must exist, or needs an input", async () => {
    const told = ["ERR_NO_SUCH_ACTOR", 404, "not_handled"];
    await using outside = openOutside([
      exposeAll(desk, { calls: all, create: false }),
      exposeAll(needy, { calls: { n: unchecked } }),
    ]);

    assert.deepEqual(await toldOf(outside.ask("desk.set", 1)), told);
    assert.deepEqual(await toldOf(outside.ask("needy.n")), told);
    assert.deepEqual(outside.faults, []);
  });

  it("is ERR_START_FAILED with the step", async () => {
    await using outside = open();

    const { failure } = await outside.ask("broken.f");

    const { code, status, outcome, message, data } = failure ?? {};
    assert.deepEqual([code, status, outcome], ["ERR_START_FAILED", 500, "not_handled"]);
    assert.equal(message, "the actor could not start; step on_wake has failed");
    assert.deepEqual(data, { phase: "on_wake", cause: undefined });
  });

  it("is ERR_STATE_MIGRATION or ERR_STATE_NEWER for a state that is not understood", async () => {
    const store = new WatchedStore();
    const versioned = (version: number) =>
      defineKeyedActor("versioned", {
        version,
        state: () => ({ n: 1 }),
        migrate() {
          throw new Error(SECRET);
        },
        handlers: { touch: (c) => (c.state.n += 1) },
      });
    for (const [version, code] of [
      [2, undefined],
      [3, "ERR_STATE_MIGRATION"],
      [1, "ERR_STATE_NEWER"],
    ] as const) {
      await using outside = openOutside(
        [exposeAll(versioned(version), { calls: { touch: unchecked } })],
        {
          store: viewOf(store),
        },
      );

      const { failure } = await outside.ask("versioned.touch");

      assert.equal(failure?.code, code);
      if (failure === undefined) continue;
      assert.deepEqual([failure.status, failure.outcome], [500, "not_handled"]);
      assert.match(failure.message, /^the state of versioned/);
      assert.doesNotMatch(failure.message, /s3cret/);
    }
  });

  it("is ERR_DATABASE_MIGRATION with the name of the migration", async () => {
    using folder = new DataFolder();
    const store = await openSqliteStore({ directory: folder.path });
    const migrations = [{ name: "001-lines", sql: "CREATE TABL s3cret" }];
    const based = defineKeyedActor("based", { database: { migrations }, handlers: { f() {} } });
    const outside = openOutside([exposeAll(based, { calls: { f: unchecked } })], {
      store: store as never,
    });

    const { failure } = await outside.ask("based.f");

    assert.equal(failure?.code, "ERR_DATABASE_MIGRATION");
    assert.deepEqual([failure?.status, failure?.outcome], [500, "not_handled"]);
    assert.equal(failure?.message, "migration 001-lines failed");
    await outside.system.shutdown(); // the process of the database has a timer of its own
    expectBooks(outside.system);
  });

  for (const code of ["ERR_STORE_UNAVAILABLE", "ERR_STORE_OVERLOADED"] as const) {
    it(`is ${code} when the actor cannot be loaded`, async () => {
      await using outside = open();
      outside.store.loadError = new StoreError("the disk is gone", { code });

      const { failure } = await outside.ask("desk.set", 1);

      assert.deepEqual(
        [failure?.code, failure?.status, failure?.outcome],
        [code, 503, "not_handled"],
      );
      assert.equal(failure?.retryAfterMs, 1_000);
    });
  }

  it("is ERR_MAILBOX_FULL for the actor itself; for another one that it asks, the outcome is unknown", async () => {
    await using outside = open();
    const waiting = [outside.ask("desk2.wait"), outside.ask("desk.wait")];
    await until(() => outside.system.books().active === 2);
    await settleTurns();
    const held = [outside.ask("desk.set", 1), outside.ask("desk.set", 2)];
    const full = await outside.ask("desk.set", 3);
    assert.deepEqual(full.failure?.message, "mailbox of desk is full (2 messages)");
    assert.deepEqual([full.failure?.outcome, full.failure?.retryAfterMs], ["not_handled", 1_000]);
    waits.gate.open();
    await Promise.all([...waiting, ...held]);

    waits.gate = new Gate();
    const first = outside.call({ kind: "ask", type: "desk2", name: "wait", key: ["b"] });
    await until(() => outside.system.books().active === 3);
    await settleTurns();
    const second = outside.call({ kind: "ask", type: "desk2", name: "wait", key: ["b"] });

    const other = await outside.ask("desk.other");
    assert.deepEqual(other.failure?.code, "ERR_MAILBOX_FULL");
    assert.deepEqual([other.failure?.outcome, other.failure?.retryAfterMs], ["unknown", undefined]);
    waits.gate.open();
    await Promise.all([first, second]);
  });

  it("is ERR_QUEUE_FULL and ERR_QUEUE_MESSAGE_TOO_LARGE for a queue", async () => {
    await using outside = open();
    const send = (name: string, body: unknown) =>
      outside.call({ kind: "send", type: "desk", name, args: [body] });

    assert.ok((await send("full", "x")).json);
    assert.deepEqual(await toldOf(send("full", "y")), ["ERR_QUEUE_FULL", 503, "not_handled"]);
    const large = ["ERR_QUEUE_MESSAGE_TOO_LARGE", 413, "not_handled"];
    assert.deepEqual(await toldOf(send("work", "x".repeat(20))), large);
  });

  it("is ERR_RESIDENT_LIMIT when too many keys wait for room", async () => {
    await using outside = open({ system: { maxResident: 1, maxWaitingKeys: 1 } });
    const first = outside.ask("desk.wait");
    await until(() => outside.system.books().active === 1);
    await settleTurns();
    const second = outside.call({ kind: "ask", type: "desk", name: "set", key: ["b"] });

    const third = outside.call({ kind: "ask", type: "desk", name: "set", key: ["c"] });

    assert.deepEqual(await toldOf(third), ["ERR_RESIDENT_LIMIT", 503, "not_handled"]);
    waits.gate.open();
    await Promise.all([first, second]);
  });

  it("is ERR_SYSTEM_STOPPED after a shutdown", async () => {
    const outside = open();
    await outside[Symbol.asyncDispose]();

    const told = await toldOf(outside.ask("desk.set", 1));

    assert.deepEqual(told, ["ERR_SYSTEM_STOPPED", 503, "not_handled"]);
  });

  it("is ERR_ACTOR_DESTROYED when the actor is destroyed again before the repeated message", async () => {
    await using outside = open();

    const { failure } = await outside.ask("doomed.f");

    assert.deepEqual([failure?.code, failure?.status], ["ERR_ACTOR_DESTROYED", 503]);
    assert.equal(outside.system.books().started, 2);
  });
});
