/** The load generator's process: sends HTTP traffic at a steady rate, then logs one line with the results. */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Order } from "../actors/order.ts";
import { createDemoLogger } from "../demo-logger.ts";
import { Luck } from "../luck.ts";
import { Customers } from "./load-customers.ts";
import { LOAD_SERVICE_NAME } from "./load-service-name.ts";
import { LoadTally } from "./load-tally.ts";
import { desksOf, type Errand, Traffic } from "./load-traffic.ts";

/** Maximum number of requests in flight. More would only measure this process. */
const MAX_IN_FLIGHT = 1_000;
/** Every fifth order is followed until it is delivered. */
const FOLLOWED_SHARE = 5;
/** Orders that are looked for in the end, and how many at a time. */
const MAX_ACKNOWLEDGED = 50_000;
const LOOKED_FOR = 50;
/** How long they are looked for: after a long run there are too many for the time in which the demo stops. */
const LOOK_MS = 12_000;
/** Maximum number of orders that are followed at the same time, each on a socket of its own. */
const MAX_FOLLOWED = 100;

const { values } = parseArgs({
  options: {
    url: { type: "string", multiple: true, default: ["http://127.0.0.1:8080"] },
    cluster: { type: "boolean", default: false },
    rate: { type: "string", default: "5" },
    duration: { type: "string" },
    seed: { type: "string", default: "1" },
    pretty: { type: "boolean", default: false },
  },
});

const tally = new LoadTally();
const traffic = new Traffic(new Luck(Number(values.seed)), desksOf(values.cluster));
const customers = new Customers(values.url);
/** Orders that were acknowledged, up to a number. */
const acknowledged = new Set<string>();
const inFlight = new Set<Promise<void>>();
const following = new Set<Promise<void>>();
const leave = new AbortController();
let orders = 0;

const log = createDemoLogger({ serviceName: LOAD_SERVICE_NAME, pretty: values.pretty });
const startedMs = performance.now();
await sendUntil(stopSignal(), Number(values.rate), Number(values.duration ?? Infinity) * 1_000);
leave.abort();
await Promise.allSettled(inFlight);
const durationMs = Math.round(performance.now() - startedMs);
await Promise.allSettled(following);
const search = values.cluster ? await lookForOrders() : undefined;
const checked =
  search === undefined
    ? {}
    : { orders_lost: search.lost, orders_found: search.found, orders_unknown: search.unknown };
log.info({ ...tally.summary(), ...checked, duration_ms: durationMs }, "load generator stopped");
// The channel to the demo and kept-alive connections would keep the process running.
process.exit(search === undefined || search.lost === 0 ? 0 : 1);

/** What has become of the orders that were acknowledged. */
interface OrderSearch {
  readonly found: number;
  readonly lost: number;
  /** Orders that the shop said nothing of, or for which there was no time left. */
  readonly unknown: number;
}

/** Looks for the orders that were acknowledged, oldest first. */
async function lookForOrders(): Promise<OrderSearch> {
  const ids = [...acknowledged];
  const endMs = performance.now() + LOOK_MS;
  let foundOrders = 0;
  let lostOrders = 0;
  let unknownOrders = 0;
  while (ids.length > 0 && performance.now() < endMs) {
    const some = ids.splice(0, LOOKED_FOR);
    const found = await Promise.all(some.map((id) => customers.find(id, endMs)));
    for (const [at, isThere] of found.entries()) {
      if (isThere === true) foundOrders += 1;
      if (isThere === undefined) unknownOrders += 1;
      if (isThere !== false) continue;
      lostOrders += 1;
      log.error({ order_id: some[at] }, "order was acknowledged and is lost");
    }
  }
  return { found: foundOrders, lost: lostOrders, unknown: unknownOrders + ids.length };
}

/**
 * Returns a signal that aborts when this process must end: on request, or when the demo has ended or was
 * killed.
 */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once("disconnect", abort);
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  // Without a parent there is no channel. On a channel that is already closed, the event is not emitted.
  if (process.send !== undefined && !process.connected) abort();
  return stop.signal;
}

/** Sends at `rate`, by the clock and not by the answers: a slow shop gets the same load. */
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
  void answer.then(() => inFlight.delete(answer)); // `ask` never rejects
}

async function ask(errand: Errand): Promise<void> {
  const sentMs = performance.now();
  try {
    const reply = await customers.call(errand);
    tally.replied(performance.now() - sentMs);
    if (errand.message === "place") placed((reply as Order).id);
  } catch (error) {
    tally.failed(error, performance.now() - sentMs);
  }
}

function placed(orderId: string): void {
  traffic.placed(orderId);
  if (values.cluster && acknowledged.size < MAX_ACKNOWLEDGED) acknowledged.add(orderId);
  tally.placed();

  orders += 1;
  if (orders % FOLLOWED_SHARE !== 0 || following.size >= MAX_FOLLOWED) return;
  const visit = follow(orderId);
  following.add(visit);
  void visit.then(() => following.delete(visit)); // `follow` never rejects
}

async function follow(orderId: string): Promise<void> {
  tally.follow();
  if (await customers.follow(orderId, leave.signal)) tally.delivered();
}
