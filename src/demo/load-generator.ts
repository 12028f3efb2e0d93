/** The load generator's process: real HTTP traffic at a steady rate, then one line on what came of it. */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createDemoLogger } from "./demo-logger.ts";
import { LoadTally } from "./load-tally.ts";
import { type Errand, Traffic } from "./load-traffic.ts";
import { Luck } from "./luck.ts";

const SERVICE_NAME = "limelight-demo-load";
/** Slowest answer that is waited for, also at the end. */
const ANSWER_TIMEOUT_MS = 3_000;
/** Requests that may wait for an answer; more would only measure this process. */
const MAX_IN_FLIGHT = 1_000;

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8080" },
    rate: { type: "string", default: "5" },
    duration: { type: "string" },
    seed: { type: "string", default: "1" },
    pretty: { type: "boolean", default: false },
  },
});

const tally = new LoadTally();
const traffic = new Traffic(new Luck(Number(values.seed)));
const inFlight = new Set<Promise<void>>();

const log = createDemoLogger({ serviceName: SERVICE_NAME, pretty: values.pretty });
const startedMs = performance.now();
await sendUntil(stopSignal(), Number(values.rate), Number(values.duration ?? Infinity) * 1_000);
await Promise.allSettled(inFlight);
const durationMs = Math.round(performance.now() - startedMs);
log.info({ ...tally.summary(), duration_ms: durationMs }, "load generator stopped");
// The channel to the demo and connections kept alive would hold the process.
process.exit(0);

/** Aborted when this process is to end: told so, or left alone by a demo that is gone, killed included. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once("disconnect", abort);
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  // Started by hand there is no channel; with one that is already closed the event will not come.
  if (process.send !== undefined && !process.connected) abort();
  return stop.signal;
}

/** Sends at `rate` by the clock and not by the answers: a slow shop gets no less to do. */
async function sendUntil(signal: AbortSignal, rate: number, durationMs: number): Promise<void> {
  const startMs = performance.now();
  let due = 0;
  while (!signal.aborted) {
    const elapsedMs = performance.now() - startMs;
    if (elapsedMs >= durationMs) return;
    for (; due <= (elapsedMs / 1_000) * rate; due += 1) {
      if (inFlight.size < MAX_IN_FLIGHT) send(traffic.next());
    }
    const nextMs = (due / rate) * 1_000 - elapsedMs;
    await delay(Math.min(nextMs, durationMs - elapsedMs), undefined, { signal }).catch(() => {});
  }
}

function send(errand: Errand): void {
  tally.send();
  const answer = ask(errand);
  inFlight.add(answer);
  void answer.then(() => inFlight.delete(answer)); // `ask` rejects with nothing
}

async function ask({ method, path, body }: Errand): Promise<void> {
  const sentMs = performance.now();
  try {
    const response = await fetch(new URL(path, values.url), {
      method,
      body: body ?? null,
      headers: { "content-type": "application/json" },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const answer = (await response.json()) as { id?: string };
    tally.answered(response.status, performance.now() - sentMs);
    if (response.status === 201 && answer.id !== undefined) traffic.placed(answer.id);
  } catch (error) {
    tally.failed(error);
  }
}
