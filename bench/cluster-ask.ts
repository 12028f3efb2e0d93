import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { NatsServer } from "../test/_support/nats-server.ts";
import type { Load, Round, Work } from "./cluster/ask-load.ts";
import { Mode, type Order, type Role } from "./cluster/ask-process.ts";

/*
 * What an ask to an actor in another process costs beside a bare request over the same NATS server with the same client:
 * a caller and a server each in a process of its own, round by round. `read` changes nothing; `add` changes the state,
 * which is stored in JetStream before the reply, by both.
 */

const QUICK = process.argv.includes("--quick");
const [ROUNDS, CALLS] = QUICK ? [3, 500] : [7, 2_000];
const WARM_UP = QUICK ? 2_000 : 6_000;
/** The ratio of the median time of an ask, one at a time, to that of a bare request that may not be exceeded. */
const CEILING = 1.5;
const PROGRAM = join(import.meta.dirname, "cluster/ask-process.ts");

interface Sample extends Round {
  /** CPU time of both processes for one call. */
  readonly bothCpuUs: number;
}

class Party implements AsyncDisposable {
  readonly mode: Mode;
  readonly #processes: Readonly<Record<Role, ChildProcess>>;
  readonly #samples = new Map<string, Sample[]>();

  constructor(mode: Mode, servers: string) {
    this.mode = mode;
    const start = (role: Role): ChildProcess => fork(PROGRAM, [role, mode, servers]);
    this.#processes = { server: start("server"), caller: start("caller") };
  }

  async start(): Promise<void> {
    await Promise.all(Object.values(this.#processes).map((each) => once(each, "message")));
    for (const work of ["read", "add"] as const) {
      await this.#order("caller", { kind: "load", load: { work, calls: WARM_UP, atOnce: 16 } });
    }
  }

  async measure(load: Load): Promise<void> {
    const before = await this.#cpuUs();
    const round = (await this.#order("caller", { kind: "load", load })) as Round;
    const bothCpuUs = ((await this.#cpuUs()) - before) / load.calls;
    const samples = this.#samples.get(keyOf(load)) ?? [];
    this.#samples.set(keyOf(load), samples);
    samples.push({ ...round, bothCpuUs });
  }

  samples(load: Load): readonly Sample[] {
    return this.#samples.get(keyOf(load)) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = Object.values(this.#processes).map((each) => {
      each.kill("SIGKILL");
      return once(each, "exit");
    });
    await Promise.all(ended);
  }

  async #cpuUs(): Promise<number> {
    const all = (["server", "caller"] as const).map((role) => this.#order(role, { kind: "cpu" }));
    return (await Promise.all(all)).reduce<number>((sum, each) => sum + Number(each), 0);
  }

  async #order(role: Role, order: Order): Promise<unknown> {
    const child = this.#processes[role];
    child.send(order);
    const [answer] = (await once(child, "message")) as [unknown];
    return answer;
  }
}

function keyOf({ work, atOnce }: Load): string {
  return `${work} ${atOnce}`;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function loadOf(work: Work, atOnce: number): Load {
  return { work, atOnce, calls: work === "add" && atOnce === 1 ? CALLS / 2 : CALLS };
}

const loads = [loadOf("read", 1), loadOf("read", 32), loadOf("add", 1), loadOf("add", 32)];
await using stack = new AsyncDisposableStack();
const server = stack.use(await NatsServer.start());
const address = `nats://${server.address}`;
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice(7);
const modes = Object.values(Mode).filter(
  (mode) => mode === Mode.Bare || only === undefined || mode.includes(only),
);
const parties = modes.map((mode) => stack.use(new Party(mode, address)));
for (const party of parties) await party.start();
const loadBefore = loadavg()[0] ?? 0;
for (const load of loads) {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const party of round % 2 === 0 ? parties : parties.toReversed()) await party.measure(load);
  }
}

const loadAfter = loadavg()[0] ?? 0;
console.log(
  `Node ${process.version}, ${cpus().length} cores, load ${loadBefore.toFixed(1)} to ${loadAfter.toFixed(1)}, medians of ${ROUNDS} interleaved rounds\n`,
);
console.log(
  "| ask | at once | answered by | p50 µs | p99 µs | calls/s | CPU µs, both | p50, bare = 1 | CPU, bare = 1 |",
);
console.log("|---|---:|---|---:|---:|---:|---:|---:|---:|");
const [bare] = parties;
for (const load of loads) {
  for (const party of parties) {
    const samples = party.samples(load);
    const of = (part: keyof Sample): number => median(samples.map((each) => each[part]));
    const ratio = (part: keyof Sample): number =>
      median(
        samples.map((each, at) => each[part] / (bare?.samples(load)[at]?.[part] ?? Number.NaN)),
      );
    const p50 = ratio("p50Us");
    if (load.atOnce === 1 && party.mode === Mode.Untraced && p50 > CEILING) {
      console.error(`${load.work}: ${p50.toFixed(2)} is more than ${CEILING}`);
      if (process.argv.includes("--check")) process.exitCode = 1;
    }
    const cells = [
      load.work,
      load.atOnce,
      party.mode,
      of("p50Us").toFixed(0),
      of("p99Us").toFixed(0),
      of("perSecond").toFixed(0),
      of("bothCpuUs").toFixed(0),
      p50.toFixed(2),
      ratio("bothCpuUs").toFixed(2),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
