import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { KeepAlive, systemClock } from "../base/clock.ts";

/** Consecutive quiet turns of the event loop after which the accept backlog is empty. */
const QUIET_TURNS = 3;
/** During a longer turn new connections may have queued up. */
const SHORT_TURN_MS = 1;
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
  await emptyBacklog(server, Math.min(deadlineMs, MAX_ACCEPTING_MS));
  // `close` of an HTTP server also cuts connections that are idle at this moment, although a request may be on
  // its way on them.
  NetServer.prototype.close.call(server);
  await nextTurn();
  server.close(); // stops the checks of slow connections, and cuts idle ones
  await closed;
  deadline.cancel();
}

/** The kernel resets connections that nobody has accepted when their listener is closed. */
async function emptyBacklog(server: Server, maxMs: number): Promise<void> {
  let accepted = 0;
  const count = (): void => {
    accepted += 1;
  };
  server.on("connection", count);
  const startedMs = systemClock.monotonicMs();
  let turnedMs = startedMs;
  for (let quiet = 0; quiet < QUIET_TURNS && turnedMs - startedMs < maxMs; ) {
    const before = { accepted, turnedMs };
    await nextTurn();
    turnedMs = systemClock.monotonicMs();
    const isQuiet = accepted === before.accepted && turnedMs - before.turnedMs < SHORT_TURN_MS;
    quiet = isQuiet ? quiet + 1 : 0;
  }
  server.off("connection", count);
}
