import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { type Console, consoleSpanProcessor, createConsole } from "../src/console.ts";
import { type ActorRef, createSystem, defineActor, type MonitoredSystem } from "../src/index.ts";
import { createLogger } from "../src/telemetry.ts";

/*
 * What a console costs the messages of the system it shows, in one process, round by round in turn: none
 * there (`detached`), one there at which nobody looks (`attached`), one with a viewer at 4 Hz (`watched`).
 * Half of the works make telemetry that a console keeps: spans of every message, and log lines.
 */

const ROUNDS = 7;
const WARM_UP = 1;
/** Runs of a work in each state, in each round. */
const RUNS = 9;
/** A console begins by keeping everything, and needs a second to see that it is too much. */
const SETTLE_MS = 2_200;

interface Messages {
  add(c: unknown, by: number): number;
  log(c: unknown): void;
}

const counter = defineActor("counter", {
  state: () => ({ count: 0 }),
  mailbox: { limit: 1_000_000 },
  handlers: {
    add(c, by: number) {
      c.state.count += by;
      return c.state.count;
    },
    log(c) {
      c.log.info({ count: c.state.count }, "counted");
    },
  },
});

type Counter = ActorRef<Messages>;

const STATES = ["detached", "attached", "watched"] as const;
type State = (typeof STATES)[number];

interface Work {
  readonly name: string;
  readonly traced: boolean;
  readonly run: (ref: Counter) => Promise<void>;
}

function tells(messages: number): Work["run"] {
  return async (ref) => {
    for (let message = 0; message < messages; message += 1) ref.tell.add(1);
    await ref.ask.add(0);
  };
}

function asks(messages: number): Work["run"] {
  return async (ref) => {
    for (let message = 0; message < messages; message += 1) await ref.ask.add(1);
  };
}

async function lines(ref: Counter): Promise<void> {
  for (let message = 0; message < 5_000; message += 1) ref.tell.log();
  await ref.ask.add(0);
}

const WORKS: readonly Work[] = [
  { name: "tell", traced: false, run: tells(200_000) },
  { name: "ask", traced: false, run: asks(30_000) },
  { name: "tell, every one with a span", traced: true, run: tells(10_000) },
  { name: "ask, every one with spans", traced: true, run: asks(5_000) },
  { name: "tell that writes a line", traced: false, run: lines },
];

function open(traced: boolean): MonitoredSystem {
  const tracerProvider = new TracerProvider({ spanProcessors: [consoleSpanProcessor()] });
  return createSystem({
    // As lines go to stdout: somebody writes them.
    logger: createLogger({ destination: { write: (line) => void Buffer.from(line) } }),
    tracing: traced ? { tracerProvider } : false,
  });
}

/** A viewer that reads all it gets and looks at none of it. */
async function look({ port, token }: Console): Promise<ClientRequest> {
  const headers = { authorization: `Bearer ${token}` };
  const sent = request({ port, path: "/api/events?rate=4", headers, agent: false });
  sent.on("error", () => {});
  sent.end();
  const [response] = await once(sent, "response");
  response.on("error", () => {});
  response.resume();
  return sent;
}

async function enter(state: State, system: MonitoredSystem): Promise<() => Promise<void>> {
  if (state === "detached") return async () => {};
  const console = await createConsole(system, { port: 0 });
  const viewer = state === "watched" ? await look(console) : undefined;
  return async () => {
    viewer?.destroy();
    await console.close();
  };
}

/** CPU time of `work` in ms: other processes of the machine do not count. */
async function cpuMs(work: () => Promise<void>): Promise<number> {
  await nextTurn();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function measure({ name, traced, run }: Work): Promise<void> {
  const system = open(traced);
  const ref = system.spawn(counter) as Counter;
  const ratios: Record<State, number[]> = { detached: [], attached: [], watched: [] };
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const took: Record<State, number> = { detached: 0, attached: 0, watched: 0 };
    // Each goes first in turn.
    const first = Math.abs(round) % STATES.length;
    for (const state of [...STATES.slice(first), ...STATES.slice(0, first)]) {
      const leave = await enter(state, system);
      const settledMs = performance.now() + SETTLE_MS;
      while (performance.now() < settledMs) await run(ref);
      const times: number[] = [];
      for (let time = 0; time < RUNS; time += 1) times.push(await cpuMs(() => run(ref)));
      took[state] = median(times);
      await leave();
    }
    if (round < 0) continue;
    for (const state of STATES) ratios[state].push(took[state] / took.detached);
  }
  const shown = (state: State): string => median(ratios[state]).toFixed(3).padStart(9);
  console.log(`${name.padEnd(30)}${shown("attached")}${shown("watched")}`);
  await system.shutdown();
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager());
console.log(
  `${"CPU time, detached = 1".padEnd(30)}${"attached".padStart(9)}${"watched".padStart(9)}`,
);
for (const work of WORKS) await measure(work);
