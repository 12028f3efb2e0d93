import { once } from "node:events";
import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Time in which kept-alive connections may still deliver a request that is in transit. */
const KEPT_ALIVE_GRACE_MS = 250;
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
  // `close()` of an HTTP server also closes connections that are idle at this moment, although the next
  // request may be in transit on them.
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
  const startedMs = performance.now();
  let [unconnected, quiet, passedMs] = [0, 0, 0];
  while (quiet < QUIET_TURNS && passedMs < MAX_ACCEPTING_MS) {
    if (unconnected >= QUIET_TURNS && passedMs >= MAX_WAITING_MS) break;
    const before = { accepted, events: countEvents() };
    await nextTurn();
    passedMs = performance.now() - startedMs;
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

/**
 * Waits until pending requests are answered. Kept-alive connections have some time for one more request,
 * whose response carries `connection: close`.
 *
 * @param deadlineMs time after which connections are closed
 */
export async function finishRequests(server: Server, deadlineMs: number): Promise<void> {
  const closed = once(server, "close");
  const timers = [
    setTimeout(() => server.close(), KEPT_ALIVE_GRACE_MS), // closes idle connections
    setTimeout(() => server.closeAllConnections(), deadlineMs),
  ];
  await closed;
  for (const timer of timers) clearTimeout(timer);
  server.close(); // ends the server's checks of slow connections
}
