import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { sendLoad } from "./gateway/load.ts";
import { Mode } from "./gateway/server.ts";

/*
 * What a request through a gateway costs beside one of bare `node:http` that reads and answers as much JSON: CPU time of
 * the server's process and requests a second, each server in a process of its own, round by round. `read` changes
 * nothing; `add` changes the state, which is stored in memory before the reply.
 */

const CONNECTIONS = 32;
const [ROUNDS, REQUESTS] = process.argv.includes("--quick") ? [3, 2_000] : [7, 10_000];
const WARM_UP = 20_000;
/** The ratio of CPU time to that of bare `node:http` that a read may not fall below. */
const FLOORS: Readonly<Partial<Record<Mode, number>>> = {
  [Mode.Untraced]: 0.5,
  [Mode.Sampled]: 0.35,
};

interface Sample {
  readonly cpuUs: number;
  readonly perSecond: number;
}

class Server implements AsyncDisposable {
  readonly mode: Mode;
  readonly message: string;
  readonly samples: Sample[] = [];
  readonly #child: ChildProcess;
  #port = 0;

  constructor(mode: Mode, message: string) {
    this.mode = mode;
    this.message = message;
    this.#child = fork(join(import.meta.dirname, "gateway/server.ts"), [mode]);
  }

  async start(): Promise<void> {
    [this.#port] = (await once(this.#child, "message")) as [number];
    await this.#send(WARM_UP);
  }

  async measure(): Promise<void> {
    const before = await this.#cpuUs();
    const startedMs = performance.now();
    await this.#send(REQUESTS);
    const seconds = (performance.now() - startedMs) / 1_000;
    const cpuUs = ((await this.#cpuUs()) - before) / REQUESTS;
    this.samples.push({ cpuUs, perSecond: REQUESTS / seconds });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await once(this.#child, "exit");
  }

  #send(requests: number): Promise<void> {
    const path = `/actors/counter/visits/ask/${this.message}`;
    return sendLoad({ port: this.#port, path, body: "[2]", connections: CONNECTIONS, requests });
  }

  async #cpuUs(): Promise<number> {
    this.#child.send("cpu");
    const [cpuUs] = (await once(this.#child, "message")) as [number];
    return cpuUs;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const bare = new Server(Mode.Bare, "read");
const servers = [
  bare,
  new Server(Mode.Untraced, "read"),
  new Server(Mode.Untraced, "add"),
  new Server(Mode.Sampled, "read"),
  new Server(Mode.Recorded, "read"),
];
await using _ = {
  [Symbol.asyncDispose]: async () =>
    void (await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))),
};
for (const server of servers) await server.start();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const server of round % 2 === 0 ? servers : servers.toReversed()) await server.measure();
}

console.log(
  `medians of ${ROUNDS} interleaved rounds of ${REQUESTS} requests over ${CONNECTIONS} connections`,
);
console.log(`${"server".padEnd(16)}  µs CPU a request   ratio   requests/s   ratio`);
for (const { mode, message, samples } of servers) {
  const [cpuUs, perSecond] = [
    median(samples.map((one) => one.cpuUs)),
    median(samples.map((one) => one.perSecond)),
  ];
  const cpuRatio = median(
    samples.map((one, round) => (bare.samples[round]?.cpuUs ?? 0) / one.cpuUs),
  );
  const rateRatio = median(
    samples.map((one, round) => one.perSecond / (bare.samples[round]?.perSecond ?? 0)),
  );
  const floor = message === "read" ? FLOORS[mode] : undefined;
  const missed = floor !== undefined && cpuRatio < floor;
  if (missed && process.argv.includes("--check")) process.exitCode = 1;
  const row = [
    cpuUs.toFixed(1).padStart(16),
    cpuRatio.toFixed(2).padStart(7),
    perSecond.toFixed(0).padStart(12),
    rateRatio.toFixed(2).padStart(7),
  ];
  const note = floor === undefined ? "" : `   at least ${floor}: ${missed ? "missed" : "held"}`;
  console.log(
    `${(mode === Mode.Bare ? "node:http" : `${mode} ${message}`).padEnd(16)}  ${row.join("  ")}${note}`,
  );
}
