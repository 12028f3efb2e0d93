import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import type { Store } from "../../../src/store/contract/store.ts";
import { type OpenManualSystem, openManualSystem } from "../../_support/actor-system.ts";
import { codeOf, settleTurns, until } from "../../_support/actor-waiting.ts";
import { ENDLESS } from "../../_support/sql-databases.ts";

const INSERT = "INSERT INTO item VALUES (?)";
const inside = { count: 0 };

const items = defineKeyedActor("items", {
  database: {
    migrations: [{ name: "001", sql: "CREATE TABLE item (a TEXT) STRICT" }],
    statementTimeoutMs: 5_000,
    slowStatementMs: 100,
  },
  idleMs: 1_000,
  taskDeadlineMs: 1_000,
  stopDeadlineMs: 10_000,
  handlers: {
    add: (c, text: string) => c.db.run(INSERT, [text]),
    count: async (c) => (await c.db.get<{ n: number }>("SELECT count(*) AS n FROM item"))?.n,
    endless: (c) => c.db.all(ENDLESS),
    async open(c, text: string) {
      await c.db.transaction(async (tx) => {
        await tx.run(INSERT, [text]);
        inside.count += 1;
        await new Promise(() => {});
      });
    },
    background(c, text: string) {
      c.spawnTask("open", () =>
        c.db.transaction(async (tx) => {
          await tx.run(INSERT, [text]);
          inside.count += 1;
          await new Promise(() => {});
        }),
      );
    },
    async addAndFail(c, text: string) {
      await c.db.run(INSERT, [text]);
      throw new Error("no");
    },
  },
});

/** A system whose shutdown takes as long as its workers need, before the clock is moved for what is left. */
function openWith(store?: Store): OpenManualSystem {
  const open = openManualSystem(store === undefined ? {} : { store });
  return {
    ...open,
    async [Symbol.asyncDispose]() {
      await open.system.shutdown();
      await open[Symbol.asyncDispose]();
    },
  };
}

describe("statements of keyed actors", () => {
  it("that run too long are stopped, warned about, and hold up neither the actor nor others", async () => {
    await using open = openWith();
    const { clock, telemetry } = open;
    const slow = open.system.get(items, "slow");
    const other = open.system.get(items, "other");
    await slow.ask.add("a");
    await other.ask.add("a"); // on the same worker, which has nothing else to do
    const active = (): Promise<number> => telemetry.value("actor.sqlite.worker.active");

    const endless = codeOf(slow.with({ timeoutMs: 60_000 }).ask.endless() as Promise<unknown>);
    while ((await active()) === 0) await settleTurns(1);
    const waiting = other.with({ timeoutMs: 60_000 }).ask.count();
    await clock.advance(5_000);

    assert.equal(await endless, "ERR_SQL_TIMEOUT");
    assert.equal(await waiting, 1);
    assert.equal(await slow.ask.count(), 1);
    const ofSql = /^actor\.sql\./;
    const warnings = telemetry.logs().filter(({ event }) => ofSql.test(String(event)));
    const events = new Set(warnings.map(({ event }) => event));
    assert.deepEqual([...events].toSorted(), ["actor.sql.slow", "actor.sql.stopped"]);
    const line = warnings.find((each) => each["error_type"] === "ERR_SQL_TIMEOUT");
    assert.equal(line?.["event"], "actor.sql.slow");
    assert.equal(line?.["duration_ms"], 5_000);
    assert.match(String(line?.["sql"]), /^WITH RECURSIVE n\(x\) AS \(SELECT \? UNION/);
    assert.equal(await active(), 0);
  });

  it("of a transaction that a task has left open are rolled back when the actor goes to sleep", async () => {
    await using open = openWith();
    const ref = open.system.get(items, "a");
    inside.count = 0;
    await ref.ask.background("lost");
    await until(() => inside.count === 1);

    const asleep = ref.sleep();
    for (let second = 0; second < 3; second += 1) {
      await settleTurns();
      await open.clock.advance(1_000); // the task does not observe its signal, and is abandoned
    }
    await asleep;

    assert.equal(await ref.ask.count(), 0);
  });

  it("of a handler that is killed are rolled back, and the next activation uses the database", async () => {
    await using open = openWith();
    const ref = open.system.get(items, "a");
    inside.count = 0;
    const killed = codeOf(ref.ask.open("lost") as Promise<unknown>);
    await until(() => inside.count === 1);

    ref.kill();

    assert.equal(await killed, "ERR_ACTOR_KILLED");
    assert.equal(await ref.ask.count(), 0);
    await ref.ask.add("kept");
    assert.equal(await ref.ask.count(), 1);
  });

  it("are kept when the handler fails afterwards, and after the restart of the actor", async () => {
    await using open = openWith();
    const ref = open.system.get(items, "a");
    await ref.ask.add("before");

    ref.tell.addAndFail("with a failure");
    await until(() => open.telemetry.logs().some(({ event }) => event === "actor.failed"));
    await open.clock.advance(2_000);
    await until(() => open.telemetry.logs().some(({ event }) => event === "actor.restarted"));

    assert.equal(await ref.ask.count(), 2);
  });

  it("are gone with the process for a store in memory, together with their files", async () => {
    const open = openManualSystem();
    await open.system.get(items, "a").ask.add("a");
    await open.system.shutdown();
    await open[Symbol.asyncDispose]();

    await using again = openWith();
    assert.equal(await again.system.get(items, "a").ask.count(), 0);
  });
});
