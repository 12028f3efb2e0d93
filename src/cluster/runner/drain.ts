import { type Clock, KeepAlive } from "../../base/clock.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { wait } from "../engine/wait.ts";
import type { ActorCommands } from "./actor-commands.ts";
import type { ActorSlot, ActorTable } from "./actor-table.ts";

/** How long a coordinator may be silent before the runner ends its actors itself, in milliseconds. */
const COORDINATOR_SILENCE_MS = 1_000;
/** Actors that a runner ends by itself at a time. */
const STOPS_AT_ONCE = 32;

/** What {@link drainActors} works with. */
export interface DrainParts {
  readonly clock: Clock;
  readonly table: ActorTable;
  readonly commands: ActorCommands;
  /** How long the end of an actor may take, in milliseconds. */
  readonly stopMs: (type: string) => number;
  /** Until when, on the monotonic clock. */
  readonly untilMs: number;
  /** Whether no other runner can take the actors. */
  readonly isLast: boolean;
  /** Ends the drain early: the runner was fenced. */
  readonly signal: AbortSignal;
  /** Learns of what could not be stopped in order. */
  readonly failed: (error: unknown) => void;
}

/**
 * Ends all actors of a runner that takes no more: a coordinator moves them, or the runner stops them itself once no
 * coordinator has asked for an end for a second. Those that have not ended at the deadline are fenced.
 */
export async function drainActors(parts: DrainParts): Promise<void> {
  if (!parts.isLast) await letCoordinatorMove(parts);
  await stopAll(parts);
  for (const slot of [...parts.table.live()]) parts.commands.abandon(slot);
}

async function letCoordinatorMove({
  clock,
  table,
  commands,
  untilMs,
  signal,
}: DrainParts): Promise<void> {
  const beganMs = clock.monotonicMs();
  while (table.size > 0 && !signal.aborted) {
    const silentSinceMs = Math.max(beganMs, commands.lastMovedMs ?? beganMs);
    const leftMs = Math.min(silentSinceMs + COORDINATOR_SILENCE_MS, untilMs) - clock.monotonicMs();
    if (leftMs <= 0) return;
    const emptied = new AbortController();
    await table.emptyOr(wait(clock, leftMs, AbortSignal.any([signal, emptied.signal])));
    emptied.abort();
  }
}

async function stopAll(parts: DrainParts): Promise<void> {
  const { clock, table, untilMs } = parts;
  const slots = table.live();
  const over = new AbortController();
  const end = (): void => over.abort();
  const timer = clock.schedule(end, Math.max(0, untilMs - clock.monotonicMs()), KeepAlive.Yes);
  parts.signal.addEventListener("abort", end);
  const isOver = new Promise<void>((resolve) => {
    over.signal.addEventListener("abort", () => resolve());
  });
  const workers = Array.from({ length: STOPS_AT_ONCE }, async () => {
    for (const slot of slots) {
      if (over.signal.aborted) return;
      await stopOne(parts, slot);
    }
  });
  await Promise.race([Promise.all(workers), isOver]);
  parts.signal.removeEventListener("abort", end);
  timer.cancel();
}

async function stopOne(
  { clock, commands, stopMs, untilMs, failed }: DrainParts,
  slot: ActorSlot,
): Promise<void> {
  const leftMs = Math.max(0, untilMs - clock.monotonicMs());
  try {
    await commands.stop(slot, StopReason.Drained, Math.min(stopMs(slot.owner.type), leftMs));
  } catch (error) {
    failed(error); // it is abandoned at the end
  }
}
