import { setImmediate as nextTurn } from "node:timers/promises";
import { type ActorRef, createSystem, defineActor, type MonitoredSystem } from "../src/index.ts";
import { createLogger } from "../src/telemetry.ts";

/*
 * What the monitor costs: snapshots of 10,000 actors against a plain JSON copy of the same rows, and
 * messages with the monitor on against off, in one process, round by round.
 */

const ACTORS = 10_000;
const CHANGED = ACTORS / 100;
const ROUNDS = 15;
const TELLS = 200_000;
const ASKS = 30_000;

interface Messages {
  add(c: { state: { count: number } }, by: number): number;
}

const counter = defineActor("counter", {
  state: () => ({ count: 0 }),
  mailbox: { limit: 1_000_000 },
  handlers: {
    add(c, by: number) {
      c.state.count += by;
      return c.state.count;
    },
  },
});

type Counter = ActorRef<Messages>;

function open(monitor: boolean): MonitoredSystem {
  return createSystem({ monitor, logger: createLogger({ level: "silent" }) });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function timed(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

async function snapshots(): Promise<void> {
  const system = open(true);
  const refs = Array.from({ length: ACTORS }, () => system.spawn(counter) as unknown as Counter);
  await Promise.all(refs.map((ref) => ref.ask.add(1)));
  const first = timed(() => system.monitor.snapshot());
  const times = { whole: [] as number[], changes: [] as number[], copy: [] as number[] };
  const anew: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { sequence, actors } = system.monitor.snapshot();
    times.copy.push(timed(() => JSON.parse(JSON.stringify(actors))));
    times.whole.push(timed(() => system.monitor.snapshot()));
    const at = (round * CHANGED) % ACTORS;
    await Promise.all(refs.slice(at, at + CHANGED).map((ref) => ref.ask.add(1)));
    let changed = 0;
    times.changes.push(
      timed(() => {
        changed = system.monitor.snapshot({ since: sequence }).actors.length;
      }),
    );
    if (changed !== CHANGED) throw new Error(`${changed} rows have changed, not ${CHANGED}`);
    await Promise.all(refs.map((ref) => ref.ask.add(1)));
    anew.push(timed(() => system.monitor.snapshot()));
  }
  const copyMs = median(times.copy);
  const line = (what: string, ms: number): void => {
    console.log(
      `${what.padEnd(44)} ${ms.toFixed(2).padStart(8)} ms  ${(ms / copyMs).toFixed(2)} of a JSON copy`,
    );
  };
  console.log(`${ACTORS} actors, median of ${ROUNDS}`);
  line("JSON copy of the rows", copyMs);
  line("first snapshot", first);
  line("whole snapshot, every actor has changed", median(anew));
  line("whole snapshot, nothing has changed", median(times.whole));
  line("changes, 1 % of the actors have changed", median(times.changes));
  await system.shutdown();
}

async function tellAll(ref: Counter): Promise<void> {
  for (let message = 0; message < TELLS; message += 1) ref.tell.add(1);
  await ref.ask.add(0);
}

async function askAll(ref: Counter): Promise<void> {
  for (let message = 0; message < ASKS; message += 1) await ref.ask.add(1);
}

/** CPU time of `work` in ms: other processes of the machine do not count. */
async function cpuMs(work: () => Promise<void>): Promise<number> {
  await nextTurn();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

async function messages(): Promise<void> {
  const systems = { on: open(true), off: open(false) };
  const refs = {
    on: systems.on.spawn(counter) as unknown as Counter,
    off: systems.off.spawn(counter) as unknown as Counter,
  };
  for (const [what, work] of [["tell", tellAll] as const, ["ask", askAll] as const]) {
    for (let warm = 0; warm < 5; warm += 1) await Promise.all([work(refs.on), work(refs.off)]);
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS * 3; round += 1) {
      // Each goes first in turn.
      const order = round % 2 === 0 ? (["on", "off"] as const) : (["off", "on"] as const);
      const took = { on: 0, off: 0 };
      for (const which of order) took[which] = await cpuMs(() => work(refs[which]));
      ratios.push(took.on / took.off);
    }
    console.log(
      `${what} with the monitor on: ${median(ratios).toFixed(3)} of the time with it off`,
    );
  }
  await Promise.all([systems.on.shutdown(), systems.off.shutdown()]);
}

await snapshots();
await messages();
