import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { embedded } from "../../src/cluster/embedded/embedded.ts";
import type { EngineFault, EngineSession } from "../../src/cluster/engine/engine.ts";
import type { Delivery } from "../../src/cluster/engine/log.ts";
import type { Store } from "../../src/store/contract/store.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { openSqliteStore } from "../../src/store/open-sqlite-store.ts";
import { ManualClock } from "../../src/testing.ts";
import { bytes, engineError, logMessage, textOf } from "../contract/engine-world.ts";

const LEASE_TTL_MS = 15_000;
const DAY_MS = 86_400_000;

class Opened {
  readonly clock: ManualClock = new ManualClock();
  readonly faults: EngineFault[] = [];

  open(store: Store): Promise<EngineSession> {
    return embedded({ store }).open({
      clock: this.clock,
      luck: () => 0,
      runnerId: "one",
      leaseTtlMs: LEASE_TTL_MS,
      onFault: (fault) => this.faults.push(fault),
    });
  }
}

describe("the embedded engine", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "limelight-embedded-"));
  });
  after(() => rm(directory, { recursive: true }));
  const reopened = async (): Promise<EngineSession> =>
    await new Opened().open(await openSqliteStore({ directory, durability: "process" }));

  it("has what it has stored after a restart, apart from leases, and goes on with new numbers", async () => {
    const first = await reopened();
    await first.placements.put("t.a", bytes("placed"));
    await first.runners.put("r1", bytes("ready"));
    await first.leases.put("coordinator", bytes("mine"));
    const acked = await first.commands.append(logMessage("r1.t.a", "acked"));
    await first.commands.append(logMessage("r1.t.a", "open"));
    await first.events.append(logMessage("3.t.a", "event"));
    await first.commands.delete(acked.sequence);
    await first.close();

    const second = await reopened();

    assert.equal(textOf((await second.placements.read("t.a"))?.value ?? bytes("")), "placed");
    assert.equal(textOf((await second.runners.read("r1"))?.value ?? bytes("")), "ready");
    assert.equal(await second.leases.read("coordinator"), undefined);
    const texts: string[] = [];
    const taken = Promise.withResolvers<void>();
    await second.commands.consume({
      name: "r1",
      filter: "r1",
      maxInFlight: 8,
      ackWaitMs: 30_000,
      deliver: (delivery: Delivery) => {
        texts.push(textOf(delivery.body));
        void delivery.ack().then(taken.resolve, taken.reject);
      },
    });
    await taken.promise;
    assert.deepEqual(texts, ["open"]);
    assert.equal((await second.events.state()).messages, 1);
    const next = await second.commands.append(logMessage("r1.t.a", "next"));
    assert.ok(next.sequence > acked.sequence + 1);
    await second.close();
  });

  it("takes the same message once, also after a restart", async () => {
    const message = logMessage("r2.t.a", "once");
    const first = await reopened();
    const { sequence } = await first.commands.append(message);
    await first.close();

    const second = await reopened();

    assert.deepEqual(await second.commands.append(message), { sequence, isDuplicate: true });
    await second.close();
  });

  it("keeps its rows apart from those of actors, and closes the store with the last session", async () => {
    const store = new MemoryStore();
    const opened = new Opened();
    const engine = embedded({ store });
    const parts = {
      clock: opened.clock,
      luck: () => 0,
      leaseTtlMs: LEASE_TTL_MS,
      onFault: () => {},
    };
    const one = await engine.open({ ...parts, runnerId: "one" });
    const other = await engine.open({ ...parts, runnerId: "other" });
    await one.placements.put("t.a", bytes("1"));
    await one.commands.append(logMessage("r.t.a", "1"));
    await one.store.put("m/t/a", bytes("record"));

    const { keys } = await store.listKeys("");
    await one.close();

    assert.deepEqual(
      keys.filter((key) => !key.startsWith("c/")),
      ["m/t/a"],
    );
    await assert.rejects(one.store.get("m/t/a"), { code: "ERR_STORE_CLOSED" });
    assert.ok(await other.store.get("m/t/a"));
    await other.close();
    await assert.rejects(store.get("m/t/a"), { code: "ERR_STORE_CLOSED" });
    await assert.rejects(
      engine.open({ ...parts, runnerId: "late" }),
      engineError("ERR_ENGINE_CLOSED"),
    );
  });

  it("says what survives, as its store does", async () => {
    const inMemory = await new Opened().open(new MemoryStore());
    const onDisk = await reopened();

    assert.equal(inMemory.capabilities.durability, "none");
    assert.equal(onDisk.capabilities.durability, "process");
    assert.equal(onDisk.capabilities.isDistributed, false);
    await inMemory.close();
    await onDisk.close();
  });

  it("drops messages that are too old, and reports it", async () => {
    const opened = new Opened();
    const session = await opened.open(new MemoryStore());
    await session.commands.append(logMessage("r.t.a", "old"));
    await opened.clock.advance(DAY_MS / 2);
    await session.commands.append(logMessage("r.t.a", "new"));

    await opened.clock.advance(DAY_MS / 2 + 120_000);

    const left = await session.commands.read({ filter: "", limit: 10 });
    assert.deepEqual(
      left.map(({ body }) => textOf(body)),
      ["new"],
    );
    assert.deepEqual(
      opened.faults.map(({ kind, text }) => [kind, text]),
      [["log_expired", "1 messages were too old and were dropped"]],
    );
    await session.close();
    assert.equal(opened.clock.backgroundTimers, 0);
  });

  it("drops the oldest dead letter for a new one, and reports it", async () => {
    const opened = new Opened();
    const session = await opened.open(new MemoryStore());
    for (let at = 0; at < 1_001; at += 1) {
      await session.deadLetters.append(logMessage("cmd.t.a", `${at}`));
    }

    const [oldest] = await session.deadLetters.read({ filter: "", limit: 1 });

    assert.equal(textOf(oldest?.body ?? bytes("")), "1");
    assert.equal((await session.deadLetters.state()).messages, 1_000);
    assert.equal(opened.faults[0]?.kind, "log_overflow");
    await session.close();
  });

  it("forgets a message that the store has lost, and reports it", async () => {
    const opened = new Opened();
    const store = new MemoryStore();
    const session = await opened.open(store);
    await session.commands.append(logMessage("r.t.a", "lost"));
    await session.commands.append(logMessage("r.t.a", "kept"));
    const [lost] = (await store.listKeys("c/c/")).keys;
    await store.delete(lost ?? "");
    const taken = Promise.withResolvers<string>();
    const deliver = (delivery: Delivery): void => taken.resolve(textOf(delivery.body));

    const options = { name: "r", filter: "r", maxInFlight: 4, ackWaitMs: 30_000, deliver };
    await session.commands.consume(options);

    assert.equal(await taken.promise, "kept");
    assert.equal((await session.commands.state()).messages, 1);
    assert.deepEqual(
      opened.faults.map(({ kind }) => kind),
      ["log_row_missing"],
    );
    await session.close();
  });

  it("deletes a consumer whose process has gone after a while, and keeps its messages", async () => {
    const opened = new Opened();
    const session = await opened.open(new MemoryStore());
    const options = { filter: "r", maxInFlight: 1, ackWaitMs: 30_000, deliver: () => {} };
    const before = await session.commands.consume({ ...options, name: "r", keepForMs: 60_000 });
    await session.commands.append(logMessage("r.t.a", "stays"));
    await before.stop();

    await opened.clock.advance(59_999);
    await assert.rejects(
      session.commands.consume({ ...options, name: "other" }),
      engineError("ERR_ENGINE_CONFLICT"),
    );
    await opened.clock.advance(1);

    await session.commands.consume({ ...options, name: "other" });
    assert.equal((await session.commands.state()).messages, 1);
    await session.close();
  });

  it("refuses options that it does not know, and a store that is none", () => {
    const refused = { name: "UsageError", code: "ERR_INVALID_OPTION" };

    assert.throws(() => embedded({} as never), refused);
    assert.throws(() => embedded(undefined as never), refused);
    assert.throws(() => embedded({ store: {} } as never), refused);
    assert.throws(() => embedded({ store: new MemoryStore(), path: "x" } as never), refused);
  });
});
