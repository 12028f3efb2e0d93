import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { defineKeyedActor } from "../../src/index.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { type Finding, inFolder, openSystem, QUICK, quantile } from "./shared.ts";

/* How long the first ask to an actor that sleeps in a file takes, from the call to the reply. */

const ACTORS = QUICK ? 200 : 5_000;
const AT_ONCE = 200;
const GOAL_P50_MS = 1;

const document = defineKeyedActor("document", {
  state: () => ({ revision: 0, text: "x".repeat(1_000) }),
  handlers: {
    save(c) {
      c.state.revision += 1;
    },
    revision: (c) => c.state.revision,
  },
});

async function create(directory: string): Promise<void> {
  const system = openSystem({ store: await SqliteStore.open({ directory }) });
  for (let from = 0; from < ACTORS; from += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, at) => system.get(document, `${from + at}`).ask.save()),
    );
  }
  await system.shutdown();
}

async function wake(directory: string): Promise<readonly number[]> {
  const system = openSystem({ store: await SqliteStore.open({ directory }) });
  const timesMs: number[] = [];
  for (let at = 0; at < ACTORS; at += 1) {
    const actor = system.get(document, `${(at * 7_919) % ACTORS}`);
    const startedMs = performance.now();
    await actor.ask.revision();
    timesMs.push(performance.now() - startedMs);
    await actor.sleep();
  }
  await system.shutdown();
  return timesMs;
}

export async function measureWakes(): Promise<readonly Finding[]> {
  const timesMs = await inFolder(async (folder) => {
    const directory = join(folder, "data");
    await create(directory);
    return await wake(directory);
  });
  const p50Ms = quantile(timesMs, 0.5);
  return [
    {
      what: `first reply of an actor that sleeps in SQLite, ${ACTORS} one by one`,
      measured: `p50 ${p50Ms.toFixed(2)} ms, p99 ${quantile(timesMs, 0.99).toFixed(2)} ms`,
      goal: `p50 at most ${GOAL_P50_MS} ms`,
      reached: p50Ms <= GOAL_P50_MS,
    },
  ];
}
