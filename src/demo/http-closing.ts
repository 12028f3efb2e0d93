import { once } from "node:events";
import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** How long connections kept alive may still bring a request that is on its way. */
const KEPT_ALIVE_GRACE_MS = 250;
/** Consecutive turns of the event loop without an event after which no connection is waiting. */
const QUIET_TURNS = 2;
/** Clients that keep connecting are not waited for any longer. */
const MAX_ACCEPTING_MS = 250;

/**
 * Closes `server` without resetting what clients have already sent.
 *
 * @param deadlineMs after which connections are cut
 */
export async function closeServer(server: Server, deadlineMs: number): Promise<void> {
  const closed = once(server, "close");
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await acceptWaiting();
  // `close()` of an HTTP server also cuts connections that are idle at this moment, although the next
  // request may be on its way on them. They get a while: its answer says `connection: close`.
  NetServer.prototype.close.call(server);
  const grace = setTimeout(() => server.close(), KEPT_ALIVE_GRACE_MS);
  await closed;
  clearTimeout(deadline);
  clearTimeout(grace);
  server.close(); // ends the server's checks of slow connections
}

/**
 * The kernel resets connections that have not been accepted when their listener is closed. A turn of the event loop
 * without any event has accepted all there were, and no client in this process has connected since.
 */
async function acceptWaiting(): Promise<void> {
  const untilMs = performance.now() + MAX_ACCEPTING_MS;
  let quiet = 0;
  while (quiet < QUIET_TURNS && performance.now() < untilMs) {
    const { events } = performance.nodeTiming.uvMetricsInfo;
    await nextTurn();
    quiet = events === performance.nodeTiming.uvMetricsInfo.events ? quiet + 1 : 0;
  }
}
