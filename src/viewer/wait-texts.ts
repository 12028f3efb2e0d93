import {
  ActorPart,
  type Deadlock,
  StuckCause,
  type StuckHandler,
  type WaitRow,
} from "../wire/snapshot.ts";
import { waitText } from "../wire/waits.ts";
import { durationText } from "./format.ts";
import type { WaitLink } from "./wait-layout.ts";

/** Returns a key that distinguishes a wait from the actor's other waits. */
export function waitKey({ from, wait }: Pick<WaitLink, "from" | "wait">): string {
  const { kind, part, targetId, messageType, sinceAtMs, traceId } = wait;
  return [from, kind, part, targetId, messageType, sinceAtMs, traceId].join(" ");
}

/**
 * Describes a wait and the part that waits, as the predicate of a sentence whose subject is the waiting
 * actor.
 */
export function waitSentence(wait: WaitRow): string {
  return wait.part === ActorPart.Task ? `in a task ${waitText(wait)}` : waitText(wait);
}

/** Describes whether and when a deadlock ends by itself. */
export function deadlockEnd({ untilAtMs }: Deadlock, nowAtMs: number): string {
  if (untilAtMs === null) return "It is permanent: no time-out ends any of its waits.";
  const leftMs = untilAtMs - nowAtMs;
  if (leftMs <= 0) return "It resolves itself now: the first time-out has expired.";
  return `It resolves itself in ${durationText(leftMs)} at the latest, by the first time-out.`;
}

/** Returns advice for the cause of a stuck handler. */
export function stuckAdvice({ cause }: StuckHandler): string {
  switch (cause) {
    case StuckCause.Actor:
      return "Look at the actor at the end of the chain; shorten what it does, or do not wait for it in a handler.";
    case StuckCause.Deadlock:
      return "It waits for a deadlock: see Waits.";
    case StuckCause.EventLoop:
      return "The event loop was blocked: split that handler's work, or move it to a worker thread.";
    case StuckCause.OtherIo:
      return "It awaits something other than an actor: add a time-out and pass c.signal to it.";
  }
}
