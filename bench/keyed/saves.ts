import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { defineKeyedActor } from "../../src/index.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { type Finding, inFolder, openSystem, QUICK, quantile } from "./shared.ts";

/*
 * Asks of 128 keyed actors that each change a state of 1 KiB and are answered when it is durable, beside the same
 * batches sent to the store without actors. Rounds alternate, so that both see the same disk and load.
 */

const WRITERS = 128;
const ROUND_MS = QUICK ? 300 : 3_000;
const ROUNDS = QUICK ? 1 : 5;
const FILLING = "x".repeat(1_000);
const GOALS = { perSecond: 20_000, loopP99Ms: 10 };

const document = defineKeyedActor("document", {
  state: () => ({ revision: 0, text: FILLING }),
  handlers: {
    save(c) {
      c.state.revision += 1;
      return c.state.revision;
    },
  },
});

interface Round {
  readonly perSecond: number;
  readonly loopP99Ms: number;
  /** CPU time of a save, all threads. */
  readonly cpuUs: number;
}

/** Runs `save` for each writer again and again, each after the one before, for one round. */
async function measure(save: (writer: number) => Promise<unknown>): Promise<Round> {
  let saves = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  delay.enable();
  const write = async (_: unknown, writer: number): Promise<void> => {
    while (performance.now() - startedMs < ROUND_MS) {
      await save(writer);
      saves += 1;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  delay.disable();
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    perSecond: saves / seconds,
    loopP99Ms: delay.percentile(99) / 1e6,
    cpuUs: (user + system) / saves,
  };
}

async function byActors(directory: string): Promise<Round> {
  const system = openSystem({ store: await SqliteStore.open({ directory }) });
  const actors = Array.from({ length: WRITERS }, (_, at) => system.get(document, `${at}`));
  await Promise.all(actors.map((actor) => actor.ask.save()));
  const round = await measure((writer) => actors[writer]?.ask.save() ?? Promise.resolve());
  await system.shutdown();
  return round;
}

/** A small record and a state of 1 KiB in each batch, as an actor writes them. */
async function byStore(directory: string): Promise<Round> {
  const store = await SqliteStore.open({ directory });
  const [meta, state] = [Buffer.alloc(180, 7), Buffer.alloc(1_024, 7)];
  const round = await measure((writer) =>
    store.batch([
      { kind: "put", key: `m/document/${writer}`, value: meta },
      { kind: "put", key: `s/document/${writer}`, value: state },
    ]),
  );
  await store.close();
  return round;
}

export async function measureSaves(): Promise<readonly Finding[]> {
  const rounds = { actors: [] as Round[], store: [] as Round[] };
  await inFolder(async (folder) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.actors.push(await byActors(join(folder, `a${round}`)));
      rounds.store.push(await byStore(join(folder, `s${round}`)));
    }
  });
  const of = (who: keyof typeof rounds, part: keyof Round): number =>
    quantile(
      rounds[who].map((round) => round[part]),
      0.5,
    );
  const perSecond = of("actors", "perSecond");
  const loopP99Ms = of("actors", "loopP99Ms");
  const store = `the store alone ${of("store", "perSecond").toFixed(0)}/s`;
  const cpu = `CPU ${of("actors", "cpuUs").toFixed(0)} µs, store ${of("store", "cpuUs").toFixed(0)} µs`;
  return [
    {
      what: `durable saves of 1 KiB by ${WRITERS} actors (SQLite, FULL)`,
      measured: `${perSecond.toFixed(0)}/s (${store}; ${cpu})`,
      goal: `at least ${GOALS.perSecond}/s`,
      reached: perSecond >= GOALS.perSecond,
    },
    {
      what: "p99 of the event loop's delay meanwhile",
      measured: `${loopP99Ms.toFixed(1)} ms`,
      goal: `at most ${GOALS.loopP99Ms} ms`,
      reached: loopP99Ms <= GOALS.loopP99Ms,
    },
  ];
}
