import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { KeepAlive, systemClock } from "../base/clock.ts";

/** Consecutive turns of the event loop without an event after which the accept backlog is empty. */
const QUIET_TURNS = 2;
/** Clients that keep connecting are not waited for any longer. */
const MAX_ACCEPTING_MS = 250;

/**
 * Closes `server` without resetting what clients have already sent: connections in the accept backlog are
 * accepted first, and requests under way are answered. Never rejects.
 *
 * @param deadlineMs how long requests may take; what is left is cut
 */
export async function drain(server: Server, deadlineMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  // The sockets keep no process running, the deadline does: `await` of this must come to an end.
  const deadline = systemClock.schedule(
    () => server.closeAllConnections(),
    deadlineMs,
    KeepAlive.Yes,
  );
  await emptyBacklog(Math.min(deadlineMs, MAX_ACCEPTING_MS));
  // `close` of an HTTP server also cuts connections that are idle at this moment, although a request may be on
  // its way on them.
  NetServer.prototype.close.call(server);
  await nextTurn();
  server.close(); // stops the checks of slow connections, and cuts idle ones
  await closed;
  deadline.cancel();
}

/**
 * The kernel resets connections that have not been accepted when their listener is closed. A turn of the event loop
 * without any event has accepted all there were, and no client in this process has connected since.
 */
async function emptyBacklog(maxMs: number): Promise<void> {
  const untilMs = systemClock.monotonicMs() + maxMs;
  let quiet = 0;
  while (quiet < QUIET_TURNS && systemClock.monotonicMs() < untilMs) {
    const { events } = performance.nodeTiming.uvMetricsInfo;
    await nextTurn();
    quiet = events === performance.nodeTiming.uvMetricsInfo.events ? quiet + 1 : 0;
  }
}
