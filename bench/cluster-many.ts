import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { nats } from "../src/cluster.ts";
import { createSystem } from "../src/index.ts";
import { createLogger } from "../src/telemetry.ts";
import { NatsServer } from "../test/_support/nats-server.ts";
import { counter } from "./cluster/counter.ts";
import type { Reading } from "./cluster/many-process.ts";
import { type StreamCount, type StreamName, Streams } from "./cluster/streams.ts";

/*
 * Many actors on few runners, each a process of its own on one NATS server: all are placed, asked twice, one runner is
 * killed, and all are asked again. It ends with an error if an answer, a level or a stream is not what it has to be.
 */

const QUICK = process.argv.includes("--quick");
const ACTORS = QUICK ? 500 : 10_000;
const RUNNERS = 4;
const LEASE_MS = 15_000;
const AT_ONCE = 64;
const TIMEOUT_MS = 120_000;
const SETTLE_MS = 60_000;
const POLL_MS = 250;
const PROGRAM = join(import.meta.dirname, "cluster/many-process.ts");

type Counts = Readonly<Record<StreamName, StreamCount>>;
/** In milliseconds: of the runner that is the coordinator too, all other runners, the process that asks, and NATS. */
type CpuTimes = Readonly<Record<(typeof CPU_OF)[number], number>>;
const CPU_OF = ["coordinator", "others", "client", "server"] as const;

class Runner implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
  }

  static async start(name: string, servers: string): Promise<Runner> {
    const child = fork(PROGRAM, [name, servers, String(LEASE_MS)], { execArgv: ["--expose-gc"] });
    const runner = new Runner(name, child);
    await runner.#answer();
    return runner;
  }

  async read(): Promise<Reading> {
    this.#child.send("read");
    return (await this.#answer()) as Reading;
  }

  async #answer(): Promise<unknown> {
    const waiting = new AbortController();
    const { signal } = waiting;
    const ended = once(this.#child, "exit", { signal }).then(() => {
      throw new Error(`runner ${this.name} has ended`);
    });
    try {
      const [answer] = await Promise.race([once(this.#child, "message", { signal }), ended]);
      return answer;
    } finally {
      waiting.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}

await using stack = new AsyncDisposableStack();
const server = stack.use(await NatsServer.start());
const servers = `nats://${server.address}`;
const started = Array.from({ length: RUNNERS }, (_, at) => Runner.start(`r${at + 1}`, servers));
let runners: readonly Runner[] = (await Promise.all(started)).map((each) => stack.use(each));
const streams = stack.use(await Streams.open(servers));
const system = createSystem({
  actors: [counter],
  engine: nats({ servers }),
  cluster: { name: "client", client: true, leaseTtlMs: LEASE_MS },
  logger: createLogger({ level: "silent" }),
});
stack.defer(async () => void (await system.shutdown()));
const refs = Array.from({ length: ACTORS }, (_, at) =>
  system.get(counter, `actor-${at}`).with({ timeoutMs: TIMEOUT_MS }),
);
const problems: string[] = [];

/** Asks all of them, some at a time. Prints what it took, and what was written meanwhile. */
async function phase(what: string, message: "read" | "add", expected: number): Promise<void> {
  const [before, cpuBefore] = [await streams.count(), await cpuMs()];
  const startedMs = performance.now();
  const times: number[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let ref = refs[next++]; ref !== undefined; ref = refs[next++]) {
      const sentMs = performance.now();
      const { count } = await ref.ask[message]("text");
      times.push(performance.now() - sentMs);
      if (count !== expected) problems.push(`${what}: ${count} instead of ${expected}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const seconds = (performance.now() - startedMs) / 1_000;
  const [after, cpuAfter] = [await streams.count(), await cpuMs()];
  const written = (stream: StreamName): string =>
    ((after[stream].written - before[stream].written) / ACTORS).toFixed(2);
  times.sort((one, other) => one - other);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  row(
    what,
    seconds.toFixed(1),
    (ACTORS / seconds).toFixed(0),
    at(0.5),
    at(0.99),
    at(0.999_99),
    written("placements"),
    written("commands"),
    written("events"),
    written("records"),
    ...CPU_OF.map((name) => ((cpuAfter[name] - cpuBefore[name]) / seconds / 1_000).toFixed(2)),
    (loadavg()[0] ?? 0).toFixed(1),
  );
}

/** CPU time of the processes so far, in milliseconds. */
async function cpuMs(): Promise<CpuTimes> {
  const readings = await Promise.all(runners.map((runner) => runner.read()));
  const { user, system: kernel } = process.cpuUsage();
  let [coordinator, others] = [0, 0];
  for (const reading of readings) {
    if (isCoordinator(reading)) coordinator += reading.cpuMs;
    else others += reading.cpuMs;
  }
  return { coordinator, others, client: (user + kernel) / 1_000, server: server.cpuMs };
}

function isCoordinator({ gauges }: Reading): boolean {
  return gauges["cluster.lease.active coordinator"] === 1;
}

function row(...cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

/** Waits until all levels are what they have to be; returns those that are not. */
async function settle(): Promise<{
  readonly readings: readonly Reading[];
  readonly counts: Counts;
}> {
  const untilMs = performance.now() + SETTLE_MS;
  for (;;) {
    const readings = await Promise.all(runners.map((runner) => runner.read()));
    const counts = await streams.count();
    const wrong = wrongLevels(readings, counts);
    if (wrong.length === 0) return { readings, counts };
    if (performance.now() > untilMs) {
      problems.push(...wrong);
      return { readings, counts };
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function wrongLevels(readings: readonly Reading[], counts: Counts): readonly string[] {
  const sums = new Map<string, number>();
  for (const { gauges } of readings) {
    for (const [name, value] of Object.entries(gauges)) {
      sums.set(name, (sums.get(name) ?? 0) + value);
    }
  }
  const wanted = new Map([
    ["cluster.placement.active running", ACTORS],
    ["cluster.runner.active ready", runners.length],
    ["cluster.lease.active runner", runners.length],
    ["cluster.lease.active coordinator", 1],
  ]);
  const names = new Set([...sums.keys(), ...wanted.keys()]);
  names.delete("cluster.runner.active lost"); // its record is kept for a day
  const wrong = [...names]
    .filter((name) => (sums.get(name) ?? 0) !== (wanted.get(name) ?? 0))
    .map((name) => `${name} is ${sums.get(name) ?? 0}, not ${wanted.get(name) ?? 0}`);
  const actors = readings.reduce((sum, reading) => sum + reading.actors, 0);
  if (actors !== ACTORS) wrong.push(`${actors} actors are awake, not ${ACTORS}`);
  for (const stream of ["commands", "events", "dead"] as const) {
    const { messages } = counts[stream];
    if (messages > 0) wrong.push(`${messages} messages are left in ${stream}`);
  }
  return wrong;
}

function printLevels(readings: readonly Reading[], counts: Counts): void {
  console.log("\n| runner | actors | heap MiB | RSS MiB | fences |\n|---|---:|---:|---:|---:|");
  for (const [at, { actors, heapMiB, rssMiB, fences }] of readings.entries()) {
    const { name } = runners[at] as Runner;
    row(name, String(actors), heapMiB.toFixed(1), rssMiB.toFixed(0), String(fences));
  }
  const listed = Object.entries(counts).map(([name, { messages, bytes, consumers }]) => {
    return `${name} ${messages} (${(bytes / 1_024).toFixed(0)} KiB, consumers ${consumers})`;
  });
  console.log(`\nmessages in streams: ${listed.join(", ")}\n`);
}

const HEAD =
  "| all asked | s | asks/s | p50 ms | p99 ms | longest ms | placement writes | commands | events | records | CPU: coordinator | other runners | client | NATS | load |";
console.log(
  `${ACTORS} actors, ${RUNNERS} runners, leases of ${LEASE_MS} ms, ${AT_ONCE} asks at once, Node ${process.version}, ${cpus().length} cores`,
);
console.log(
  "writes are for one actor; CPU is in cores, and that of the coordinator includes its actors\n",
);
printLevels(await Promise.all(runners.map((runner) => runner.read())), await streams.count());
console.log(`${HEAD}\n|---|${"---:|".repeat(14)}`);
await phase("first time, `add`", "add", 1);
await phase("again, `add`", "add", 2);
await phase("again, `read`", "read", 2);
const before = await settle();
printLevels(before.readings, before.counts);

const leading = before.readings.findIndex(isCoordinator);
const victim = runners[process.argv.includes("--coordinator") ? leading : (leading + 1) % RUNNERS];
runners = runners.filter((runner) => runner !== victim);
console.log(`${HEAD}\n|---|${"---:|".repeat(14)}`);
await victim?.[Symbol.asyncDispose]();
await phase(`after \`kill -9\` of ${victim?.name}, \`read\``, "read", 2);
await phase("again, `add`", "add", 3);
const after = await settle();
printLevels(after.readings, after.counts);
for (const problem of problems.slice(0, 20)) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log("all answers, levels and streams are as they have to be");
