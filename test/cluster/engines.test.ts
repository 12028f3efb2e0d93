import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { nextTurn } from "../../src/base/node-timers.ts";
import { embedded } from "../../src/cluster/embedded/embedded.ts";
import type { Engine, EngineSession } from "../../src/cluster/engine/engine.ts";
import { Simulation } from "../../src/cluster/sim/simulation.ts";
import type { Store } from "../../src/store/contract/store.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { openSqliteStore } from "../../src/store/open-sqlite-store.ts";
import { describeEngine } from "../contract/engine.ts";
import type { EngineWorld } from "../contract/engine-world.ts";

const LEASE_TTL_MS = 500;

let runners = 0;

function openSession(engine: Engine): Promise<EngineSession> {
  runners += 1;
  return engine.open({
    clock: systemClock,
    luck: () => 0.5,
    runnerId: `runner-${runners}`,
    leaseTtlMs: LEASE_TTL_MS,
    onFault: ({ text, error }) => assert.fail(error ?? text),
  });
}

/** Two sessions of one embedded engine, in real time. */
async function embeddedWorld(store: Store, end: () => Promise<void>): Promise<EngineWorld> {
  const engine = embedded({ store });
  const [one, other] = [await openSession(engine), await openSession(engine)];
  return {
    one,
    other,
    leaseTtlMs: LEASE_TTL_MS,
    open: () => openSession(engine),
    until: async (_what, read) => {
      for (;;) {
        const found = await read();
        if (found !== undefined) return found;
        await nextTurn();
      }
    },
    settled: async (promise) => (await Promise.allSettled([promise]))[0],
    [Symbol.asyncDispose]: async () => {
      await one.close();
      await other.close();
      await end();
    },
  };
}

describeEngine("embedded, in memory", () => embeddedWorld(new MemoryStore(), async () => {}));

describeEngine("embedded, on SQLite", async () => {
  const directory = await mkdtemp(join(tmpdir(), "limelight-engine-"));
  const store = await openSqliteStore({ directory, durability: "process" });
  return embeddedWorld(store, () => rm(directory, { recursive: true }));
});

/** How long the events of the simulation run at most until something is there. */
const MAX_EVENTS = 200_000;

/** Two processes of a simulation without faults, whose time goes on by itself. */
async function simWorld(): Promise<EngineWorld> {
  const simulation = await Simulation.start({ seed: 1, leaseTtlMs: LEASE_TTL_MS });
  let isOver = false;
  const running = (async () => {
    while (!isOver) if (!(await simulation.time.step())) await nextTurn();
  })();
  let sessions = 0;
  const open = (): Promise<EngineSession> => {
    sessions += 1;
    return openSession(simulation.process({ name: `process-${sessions}` }).engine);
  };
  const [one, other] = [await open(), await open()];
  return {
    one,
    other,
    leaseTtlMs: LEASE_TTL_MS,
    open,
    until: async (what, read) => {
      const untilFired = simulation.time.fired + MAX_EVENTS;
      for (;;) {
        const found = await read();
        if (found !== undefined) return found;
        if (simulation.time.fired > untilFired) assert.fail(`never ${what}`);
        await nextTurn();
      }
    },
    settled: async (promise) => (await Promise.allSettled([promise]))[0],
    [Symbol.asyncDispose]: async () => {
      await one.close();
      await other.close();
      isOver = true;
      await running;
    },
  };
}

describeEngine("sim, without faults", simWorld);
