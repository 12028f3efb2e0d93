import { once } from "node:events";
import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** How long connections kept alive may still bring a request that is on its way. */
const KEPT_ALIVE_GRACE_MS = 250;
/** Consecutive turns of the event loop after which no connection waits to be accepted. */
const QUIET_TURNS = 2;
/** How long turns without any event are waited for, in a process that always has something to do. */
const MAX_WAITING_MS = 250;
/** Clients that keep connecting are not waited for any longer. */
const MAX_ACCEPTING_MS = 2_000;

/**
 * Accepts the connections that wait in the kernel, and stops listening: the kernel resets connections that have not
 * been accepted when their listener is closed.
 *
 * Until this resolves requests must not be answered. Clients that go on asking would otherwise come back with the
 * next connection, and the event loop would be too busy to find none waiting.
 */
export async function stopListening(server: Server): Promise<void> {
  await emptyBacklog(server);
  // `close()` of an HTTP server also cuts connections that are idle at this moment, although the next
  // request may be on its way on them.
  NetServer.prototype.close.call(server);
}

/**
 * In two turns of the event loop without a connection all that waited have been accepted. Better are turns without any
 * event: in them nothing has run that may have connected since, or taken the time for it.
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

/** Events that the event loop has handled so far; other runtimes than Node do not count them. */
function countEvents(): number | undefined {
  return performance.nodeTiming?.uvMetricsInfo?.events;
}

/**
 * Waits until the requests under way are answered. Connections that are kept alive get a while for the next one,
 * whose answer says `connection: close`.
 *
 * @param deadlineMs after which connections are cut
 */
export async function finishRequests(server: Server, deadlineMs: number): Promise<void> {
  const closed = once(server, "close");
  const timers = [
    setTimeout(() => server.close(), KEPT_ALIVE_GRACE_MS), // cuts idle connections
    setTimeout(() => server.closeAllConnections(), deadlineMs),
  ];
  await closed;
  for (const timer of timers) clearTimeout(timer);
  server.close(); // ends the server's checks of slow connections
}
