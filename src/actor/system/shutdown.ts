import { nextTurn, pause } from "../../base/node-timers.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import type { ShutdownReport } from "../definition/actor-system.ts";
import { cancelTimers, settlesWithin } from "../lifecycle/dependants.ts";
import type { SystemRuntime } from "./system-runtime.ts";

/** Looks at whether all is quiet come this far apart, after a few in consecutive turns. */
const LOOK_EVERY_MS = 5;
const IMMEDIATE_LOOKS = 20;

/**
 * Stops all actors within the system's `shutdownDeadlineMs`. First everything in flight may come to its end, with all actors
 * still there for each other, for up to half of the time; then they stop, the youngest first; those that
 * are still not done at the deadline are killed.
 */
export async function shutDown(system: SystemRuntime): Promise<ShutdownReport> {
  const { clock, book, shutdownDeadlineMs: deadlineMs } = system;
  const startedMs = clock.monotonicMs();
  const lettersBefore = book.total(Catalogue.DeadLetters);
  system.closing = true;
  for (const ending of [...system.endings]) ending.cancel();
  for (const cell of [...system.topLevel.descendants()]) cancelTimers(cell);
  await quiet(system, deadlineMs / 2);
  const topLevel = system.topLevel.members().reverse();
  for (const cell of topLevel) cell.drainAndStop(StopReason.Shutdown);
  const leftMs = Math.max(0, deadlineMs - (clock.monotonicMs() - startedMs));
  const ended = topLevel
    .filter((cell) => !cell.isStopped)
    .map((cell) => cell.ensureExtras().stopped.promise);
  if (ended.length > 0) await settlesWithin(Promise.all(ended), leftMs, clock);
  const late = [...system.topLevel.descendants()].length;
  for (const cell of system.topLevel.members()) cell.kill(StopReason.Killed);
  system.retireMetrics();
  return {
    deadLetters: book.total(Catalogue.DeadLetters) - lettersBefore,
    killed: late,
    durationMs: clock.monotonicMs() - startedMs,
  };
}

/**
 * Waits until no message waits or runs and no task or start is under way. Looks come by real time even where the
 * system has another clock, which may not be moved.
 */
async function quiet(system: SystemRuntime, deadlineMs: number): Promise<void> {
  const { clock } = system;
  const untilMs = clock.monotonicMs() + deadlineMs;
  for (let look = 0; !isQuiet(system) && clock.monotonicMs() < untilMs; look += 1) {
    if (look < IMMEDIATE_LOOKS) await nextTurn();
    else await pause(LOOK_EVERY_MS);
  }
}

function isQuiet({ book }: SystemRuntime): boolean {
  return (
    book.total(Catalogue.MailboxDepth) === 0 &&
    book.total(Catalogue.ProcessActive) === 0 &&
    book.total(Catalogue.TaskActive) === 0
  );
}
