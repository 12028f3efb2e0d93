import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { defineKeyedActor, type MonitoredSystem } from "../../src/index.ts";
import { Durability } from "../../src/store/sqlite/database-file.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { type Finding, inFolder, openSystem, QUICK, usedBytes } from "./shared.ts";

/*
 * What many schedules cost: to set them, and to open the store again when they are far in the future and one is
 * overdue.
 */

const STORED = QUICK ? 10_000 : 1_000_000;
const PER_ACTOR = 1_000;
const AT_ONCE = 16;
const LATER_MS = 365 * 24 * 3_600_000;
const SOON_MS = 1;
const GOALS = { loopMs: 50, heapMiB: 8 };

/** Called when the overdue schedule fires. */
let fired: () => void = () => {};

const planner = defineKeyedActor("planner", {
  messages: {} as { plan(count: number): void; planSoon(): void; fire(): void },
  state: () => ({ fired: 0 }),
  handlers: {
    plan(c, count: number) {
      for (let at = 0; at < count; at += 1) c.schedule.after(LATER_MS + at).fire();
    },
    planSoon(c) {
      c.schedule.after(SOON_MS).fire();
    },
    fire(c) {
      c.state.fired += 1;
      fired();
    },
  },
});

async function openPlanners(directory: string): Promise<MonitoredSystem> {
  const store = await SqliteStore.open({ directory, durability: Durability.Process });
  return openSystem({ store, actors: [planner] });
}

/** Returns the time per schedule, in microseconds, and the longest delay of the event loop. */
async function plan(directory: string): Promise<{ us: number; loopMs: number }> {
  const system = await openPlanners(directory);
  const actors = STORED / PER_ACTOR;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedMs = performance.now();
  for (let from = 0; from < actors; from += AT_ONCE) {
    const planned = Array.from({ length: Math.min(AT_ONCE, actors - from) }, async (_, at) => {
      const actor = system.get(planner, `${from + at}`);
      await actor.ask.plan(PER_ACTOR);
      await actor.sleep();
    });
    await Promise.all(planned);
  }
  const us = ((performance.now() - startedMs) / STORED) * 1_000;
  delay.disable();
  await system.get(planner, "overdue").ask.planSoon();
  await system.shutdown();
  return { us, loopMs: delay.max / 1e6 };
}

interface Reopening {
  /** From the call that opens the store to the first message of the overdue schedule. */
  readonly firedMs: number;
  readonly loopMs: number;
  readonly heapMiB: number;
}

async function reopen(directory: string): Promise<Reopening> {
  const before = usedBytes();
  const { promise, resolve } = Promise.withResolvers<void>();
  fired = resolve;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedMs = performance.now();
  const system = await openPlanners(directory);
  await promise;
  const firedMs = performance.now() - startedMs;
  delay.disable();
  const heapMiB = (usedBytes() - before) / 2 ** 20;
  await system.shutdown();
  return { firedMs, loopMs: delay.max / 1e6, heapMiB };
}

export async function measureSchedules(): Promise<readonly Finding[]> {
  return await inFolder(async (folder) => {
    const directory = join(folder, "schedules");
    const planned = await plan(directory);
    const { firedMs, loopMs, heapMiB } = await reopen(directory);
    return [
      {
        what: `${STORED} schedules, ${PER_ACTOR} in each message, to set one`,
        measured: `${planned.us.toFixed(1)} µs; event loop delayed by at most ${planned.loopMs.toFixed(0)} ms`,
        goal: "none",
        reached: true,
      },
      {
        what: "to open their store again until one that is overdue fires",
        measured:
          `${firedMs.toFixed(0)} ms; event loop delayed by at most ${loopMs.toFixed(0)} ms; ` +
          `heap ${heapMiB.toFixed(1)} MiB more`,
        goal: `event loop delayed by at most ${GOALS.loopMs} ms, heap at most ${GOALS.heapMiB} MiB more`,
        reached: loopMs <= GOALS.loopMs && heapMiB <= GOALS.heapMiB,
      },
    ];
  });
}
