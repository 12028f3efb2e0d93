import type { Owner } from "../../activation/records/record-keys.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import type { TraceFields } from "../calls/trace-fields.ts";
import { wait } from "../engine/wait.ts";
import { addressOf } from "../protocol/address.ts";
import { PlacementReason } from "../protocol/placement-record.ts";
import type { Route } from "./route-cache.ts";
import type { Routes } from "./routes.ts";

/** What {@link sendWhereverItIs} works with. */
export interface AttemptParts {
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  readonly routes: Pick<Routes, "drop" | "place">;
}

/** Something for one actor, wherever that is. */
export interface Attempted {
  readonly owner: Owner;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  /** For a new actor. */
  readonly input?: unknown;
  readonly trace: TraceFields;
  /** Whether it is no longer of use. */
  readonly isOver: () => boolean;
  /** Sends it. Rejects if it was not handled there. */
  readonly send: (route: Route) => Promise<void>;
}

const BACKOFF = { initialMs: 20, factor: 2, maxMs: 500, jitter: 0.5 };
/** How long the coordinator may take at a time. */
const PLACE_MS = 2_000;

/** Errors that say that nothing was done, and that it may be done elsewhere or later. */
const AGAIN: ReadonlySet<string> = new Set([
  ErrorCode.EngineNoListener,
  ErrorCode.EngineUnavailable,
  ErrorCode.NoRunner,
  ErrorCode.NotOwner,
  ErrorCode.PlacementOverloaded,
  ErrorCode.RunnerDraining,
]);

/** Whether something was certainly not handled, and may be elsewhere or later. */
export function isAgain(error: unknown): error is LimelightError {
  return LimelightError.is(error) && AGAIN.has(error.code);
}

/**
 * Sends something to the runner of its actor, and again until its deadline for as long as it was not handled.
 *
 * Rejects with `ERR_NO_RUNNER` when no runner took it in time, and with any other error of `send`.
 */
export async function sendWhereverItIs(parts: AttemptParts, attempted: Attempted): Promise<void> {
  const { clock, luck, routes } = parts;
  const { owner, deadlineMs, input, trace, isOver, send } = attempted;
  let notAt: Route | undefined;
  for (let attempt = 1; !isOver(); attempt += 1) {
    const leftMs = deadlineMs - clock.monotonicMs();
    const waitMs = Math.max(1, Math.min(leftMs, PLACE_MS));
    const wanted = { reason: PlacementReason.Wanted, input, waitMs, notAt, trace };
    try {
      notAt = await routes.place(owner, wanted);
      await send(notAt);
      return;
    } catch (error) {
      if (!isAgain(error)) throw error;
      if (notAt !== undefined) routes.drop(addressOf(owner), notAt);
      const delayMs = backoffDelayMs(BACKOFF, attempt, luck());
      if (deadlineMs - clock.monotonicMs() <= delayMs) throw noRunner(owner, error);
      await wait(clock, delayMs);
    }
  }
}

function noRunner({ type }: Owner, cause: unknown): ClusterError {
  const why = LimelightError.is(cause) ? `: ${cause.message}` : "";
  const text = `no runner could take this for a ${type} in time${why}`;
  return new ClusterError(text, { code: ErrorCode.NoRunner, cause });
}
