import { nextTurn, pause } from "../../base/node-timers.ts";
import { inSlices } from "../../base/turn-slices.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { ShutdownReport } from "../definition/actor-system.ts";
import type { HeldReplies } from "../delivery/replies.ts";
import { backsOffBeyond } from "../lifecycle/back-off.ts";
import { cancelEndings, cancelTimers, settlesWithin } from "../lifecycle/dependants.ts";
import type { SystemRuntime } from "./system-runtime.ts";

/** Looks at whether all is quiet come this far apart, after a few in consecutive turns. */
const LOOK_EVERY_MS = 5;
const IMMEDIATE_LOOKS = 20;

/**
 * Stops all actors within the system's `shutdownDeadlineMs`. First everything in flight may complete, with all actors
 * still there for each other, for up to half of the time. Actors that cannot run within that time, because
 * their back-off is longer, stop immediately. Then all others stop, the youngest first. Those that have not
 * ended at the deadline are killed. Each of these steps takes a few milliseconds per turn of the event loop, however many
 * actors there are.
 *
 * @param startedMs when it began: gateways may have taken a part of the time
 */
export async function shutDown(system: SystemRuntime, startedMs: number): Promise<ShutdownReport> {
  const { clock, book, shutdownDeadlineMs: deadlineMs } = system;
  const nowMs = clock.monotonicMs();
  const lettersBefore = book.total(Catalogue.DeadLetters);
  system.closing = true;
  for (const ending of [...system.endings]) ending.cancel();
  system.killAtMs = startedMs + deadlineMs;
  system.drainUntilMs = nowMs + Math.max(0, startedMs + deadlineMs - nowMs) / 2;
  await inSlices(system.topLevel.everyone(), (cell) => prepare(cell, system.drainUntilMs));
  await quiet(system, system.drainUntilMs);
  system.drainUntilMs = Number.NEGATIVE_INFINITY; // nothing is in flight any more, or its time is over
  const topLevel = system.topLevel.members().reverse();
  await inSlices(topLevel, (cell) => cell.drainAndStop(StopReason.Shutdown));
  const ended: Promise<StopReason>[] = [];
  await inSlices(topLevel, (cell) => {
    if (!cell.isStopped) ended.push(cell.ensureExtras().stopped.promise);
  });
  const leftMs = Math.max(0, deadlineMs - (clock.monotonicMs() - startedMs));
  if (ended.length > 0) await settlesWithin(Promise.all(ended), leftMs, clock);
  const late = system.topLevel.everyone().length;
  await inSlices(system.topLevel.members(), (cell) => cell.kill(StopReason.Killed));
  await system.dismissals.whenDone();
  system.retireMetrics();
  return {
    deadLetters: book.total(Catalogue.DeadLetters) - lettersBefore,
    killed: late,
    durationMs: clock.monotonicMs() - startedMs,
  };
}

/** Cancels what would begin something new. An actor may have ended since the list of all was made. */
function prepare(cell: ActorCell, drainUntilMs: number): void {
  if (cell.isStopped) return;
  // A delegated reply may depend on a timer of its actor.
  if (cell.extrasIfAny?.heldReplies?.awaited === true) cancelEndings(cell);
  else cancelTimers(cell);
  if (backsOffBeyond(cell, drainUntilMs)) cell.drainAndStop(StopReason.Shutdown);
}

/**
 * Waits until no message waits or runs, no task runs, and all delegated replies are settled. Checks are timed by
 * the machine's clock, because the system's clock may be one that a test moves.
 */
async function quiet(system: SystemRuntime, untilMs: number): Promise<void> {
  const { clock } = system;
  for (let look = 0; !isQuiet(system) && clock.monotonicMs() < untilMs; look += 1) {
    if (look < IMMEDIATE_LOOKS) await nextTurn();
    else await pause(LOOK_EVERY_MS, system.onMachineClock);
  }
}

function isQuiet({ book, heldReplies }: SystemRuntime): boolean {
  return (
    book.total(Catalogue.MailboxDepth) === 0 &&
    book.total(Catalogue.ProcessActive) === 0 &&
    book.total(Catalogue.TaskActive) === 0 &&
    !anyAwaited(heldReplies)
  );
}

function anyAwaited(replies: Iterable<HeldReplies>): boolean {
  for (const held of replies) if (held.awaited) return true;
  return false;
}
