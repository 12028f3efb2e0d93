import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { KeepAlive, systemClock } from "../base/clock.ts";
import { nextTurn } from "../base/node-timers.ts";

/** Consecutive turns of the event loop after which no connection is waiting to be accepted. */
const QUIET_TURNS = 2;
/** Maximum time spent waiting for turns without events, in a process that is always busy. */
const MAX_WAITING_MS = 250;
/** Maximum time spent accepting, for clients that keep connecting. */
const MAX_ACCEPTING_MS = 2_000;

/**
 * Accepts the connections queued in the kernel, then stops listening: the kernel resets connections that have
 * not been accepted when their listener is closed.
 *
 * Until this resolves, requests must not be answered. Their clients would otherwise reconnect for the next
 * request, and the backlog would never be empty.
 */
export async function stopListening(server: Server): Promise<void> {
  await emptyBacklog(server);
  // `close` of an HTTP server also closes connections that are idle at this moment.
  NetServer.prototype.close.call(server);
}

/**
 * Waits until the backlog is empty.
 *
 * After two turns of the event loop without a connection, all queued connections have been accepted. Turns
 * without any event are a stronger sign: no code ran in them that may have connected or delayed a connection.
 */
async function emptyBacklog(server: Server): Promise<void> {
  let accepted = 0;
  const count = (): void => {
    accepted += 1;
  };
  server.on("connection", count);
  const startedMs = systemClock.monotonicMs();
  let [unconnected, quiet, passedMs] = [0, 0, 0];
  while (quiet < QUIET_TURNS && passedMs < MAX_ACCEPTING_MS) {
    if (unconnected >= QUIET_TURNS && passedMs >= MAX_WAITING_MS) break;
    const before = { accepted, events: countEvents() };
    await nextTurn();
    passedMs = systemClock.monotonicMs() - startedMs;
    unconnected = accepted === before.accepted ? unconnected + 1 : 0;
    quiet = unconnected > 0 && countEvents() === before.events ? quiet + 1 : 0;
  }
  server.off("connection", count);
}

/**
 * Returns the number of events the event loop has handled so far. Runtimes other than Node do not count them.
 */
function countEvents(): number | undefined {
  return performance.nodeTiming?.uvMetricsInfo?.events;
}

/** How long {@link finishRequests} waits. */
export interface DrainTimes {
  /** Time after which connections are closed. */
  readonly deadlineMs: number;
  /** Time in which connections that are kept alive may still deliver a request that is in transit. */
  readonly graceMs: number;
  /** Called when that time is over; not if no connection is left before. */
  readonly onGraceEnd: () => void;
}

/** Waits until the pending requests of a server that no longer listens are answered. Never rejects. */
export async function finishRequests(
  server: Server,
  { deadlineMs, graceMs, onGraceEnd }: DrainTimes,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  // The sockets do not keep the process running, but the deadline does: awaiting this function must always
  // complete.
  const deadline = systemClock.schedule(
    () => server.closeAllConnections(),
    deadlineMs,
    KeepAlive.Yes,
  );
  await nextTurn(); // data that has arrived on idle connections is read
  const endGrace = (): void => {
    server.close(); // closes idle ones
    onGraceEnd();
  };
  const grace = systemClock.schedule(endGrace, graceMs, KeepAlive.Yes);
  await closed;
  grace.cancel();
  deadline.cancel();
  server.close(); // ends the checks of slow connections
}
