import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { KeepAlive, systemClock } from "../base/clock.ts";
import { nextTurn } from "../base/node-timers.ts";

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
 * next connection, and the event loop would be too busy to find the backlog empty.
 */
export async function stopListening(server: Server): Promise<void> {
  await emptyBacklog(server);
  // `close` of an HTTP server also cuts connections that are idle at this moment.
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

/** Events that the event loop has handled so far; other runtimes than Node do not count them. */
function countEvents(): number | undefined {
  return performance.nodeTiming?.uvMetricsInfo?.events;
}

/**
 * Waits until the requests under way on a server that no longer listens are answered. Never rejects.
 *
 * @param deadlineMs after which connections are cut
 */
export async function finishRequests(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  // The sockets keep no process running, the deadline does: `await` of this must come to an end.
  const deadline = systemClock.schedule(
    () => server.closeAllConnections(),
    deadlineMs,
    KeepAlive.Yes,
  );
  await nextTurn(); // what has arrived on idle connections is read
  server.close(); // stops the checks of slow connections, and cuts idle ones
  await closed;
  deadline.cancel();
}
