import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, openSqliteStore } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { codeOf } from "../../_support/actor-waiting.ts";
import { DataFolder } from "../../_support/data-folder.ts";
import { failureOf } from "../../_support/keyed.ts";
import { counter } from "../../_support/keyed-counter.ts";

async function open(directory: string) {
  const store = await openSqliteStore({ directory });
  const telemetry = inMemoryTelemetry();
  const system = createSystem({ ...telemetry.systemOptions, actors: [counter], store });
  return { store, system, telemetry };
}

async function countOf(directory: string, key: string): Promise<number> {
  const { system } = await open(directory);
  const { count } = await system.get(counter, key).ask.read();
  await system.shutdown();
  expectBooks(system);
  return count;
}

describe("keyed actors whose store is closed by the application", () => {
  it("in the middle of writes store what was sent, and refuse the rest with a code", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    const { store, system } = await open(directory);
    const ref = system.get(counter, "a");
    await ref.ask.add();
    const sent = ref.ask.add();
    const queued = Array.from({ length: 10 }, (_, at) => system.get(counter, `k${at}`).ask.add());

    const closed = store.close();
    const answers = await Promise.allSettled([sent, ...queued]);
    await closed;

    const codes = answers.map((answer) =>
      answer.status === "fulfilled" ? "stored" : (answer.reason as { code?: unknown }).code,
    );
    const known = ["stored", "ERR_SAVE_FAILED", "ERR_START_FAILED"];
    assert.ok(
      codes.every((code) => known.includes(String(code))),
      JSON.stringify(codes),
    );
    await system.shutdown();
    expectBooks(system);
    assert.equal(await countOf(directory, "a"), codes[0] === "stored" ? 2 : 1);
  });

  it("while they are awake refuse changes and starts with `ERR_STORE_CLOSED`, and shut down", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    const { store, system, telemetry } = await open(directory);
    const ref = system.get(counter, "a");
    await ref.ask.add();
    await store.close();

    const change = await failureOf(ref.ask.add());
    const other = await failureOf(system.get(counter, "b").ask.read());
    const removal = await codeOf(system.destroy(counter, "c"));
    const { killed } = await system.shutdown();

    assert.deepEqual([change.code, change.causeCode], ["ERR_SAVE_FAILED", "ERR_STORE_CLOSED"]);
    assert.deepEqual([other.code, other.causeCode], ["ERR_START_FAILED", "ERR_STORE_CLOSED"]);
    assert.deepEqual([removal, killed], ["ERR_STORE_CLOSED", 0]);
    expectBooks(system);
    const faults = telemetry.logs().filter(({ event }) => event === "actor.runtime.fault");
    assert.deepEqual(faults, []);
    assert.equal(await countOf(directory, "a"), 1);
  });

  it("a second system on the directory is refused while the first one has it", async () => {
    using folder = new DataFolder();
    const directory = folder.file("data");
    const { system } = await open(directory);
    await system.get(counter, "a").ask.add();

    await assert.rejects(openSqliteStore({ directory }), { code: "ERR_STORE_LOCKED" });

    assert.deepEqual(await system.get(counter, "a").ask.add(), 2);
    await system.shutdown();
    assert.equal(await countOf(directory, "a"), 2);
  });
});
