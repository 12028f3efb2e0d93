import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import { WriteResolution } from "../../telemetry/cluster-attributes.ts";
import type { KeyValue, KeyValueEntry } from "./key-value.ts";
import { isUnknownOutcome } from "./outcomes.ts";
import { wait } from "./wait.ts";

/** How long the outcome of a write is looked for, in milliseconds, unless the caller says otherwise. */
const RESOLVE_DEADLINE_MS = 5_000;

const RETRIES = { initialMs: 50, factor: 2, maxMs: 1_000, jitter: 0.5 };

/** A write whose outcome has to be known. */
export interface ResolvableWrite {
  readonly key: string;
  /** Must contain something that no other write of the key contains, such as a write id. */
  readonly value: Uint8Array;
  /** `NO_ENTRY` for a key that must not be there. */
  readonly expectedRevision: number;
}

/** What {@link resolveWrite} works with. */
export interface WriteResolver {
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Default: 5 s. A call of the engine that is under way at the deadline is waited for. */
  readonly deadlineMs?: number;
  /** Ends the search: a write whose outcome is not known yet then stays unknown. */
  readonly signal?: AbortSignal;
  /** Called with what was found out about a write that was not confirmed. */
  readonly resolved?: (resolution: WriteResolution) => void;
}

/**
 * Writes, and finds out what became of a write of unknown outcome: the same bytes are written again with the same expected
 * revision, and a conflict is answered by reading the key. Returns the revision of the write.
 *
 * Rejects as `KeyValue.put` does. After an attempt of unknown outcome, `ERR_ENGINE_CONFLICT` means that the key has another
 * value now: the write has not happened, or it has and was overwritten by a writer that knew it. Read the key again.
 * `ERR_ENGINE_UNKNOWN_OUTCOME`: not found out before the deadline; the write may still happen.
 */
export async function resolveWrite(
  keyValue: KeyValue,
  write: ResolvableWrite,
  resolver: WriteResolver,
): Promise<number> {
  const first = await tryWrite(keyValue, write, false);
  if (typeof first === "number") return first;
  try {
    const revision = await findOut(keyValue, write, resolver, first.error);
    resolver.resolved?.(WriteResolution.Written);
    return revision;
  } catch (error) {
    resolver.resolved?.(
      isConflict(error) ? WriteResolution.NotWritten : WriteResolution.Unresolved,
    );
    throw error;
  }
}

/** Repeats a write of unknown outcome until it is known. */
async function findOut(
  keyValue: KeyValue,
  write: ResolvableWrite,
  { clock, luck, signal, deadlineMs = RESOLVE_DEADLINE_MS }: WriteResolver,
  firstCause: unknown,
): Promise<number> {
  const untilMs = clock.monotonicMs() + deadlineMs;
  let cause = firstCause;
  for (let attempt = 1; ; attempt += 1) {
    const delayMs = backoffDelayMs(RETRIES, attempt, luck());
    if (clock.monotonicMs() + delayMs > untilMs) throw unresolved(write.key, cause);
    await wait(clock, delayMs, signal);
    if (signal?.aborted === true) throw unresolved(write.key, cause);
    const outcome = await tryWrite(keyValue, write, true);
    if (typeof outcome === "number") return outcome;
    cause = outcome.error ?? cause;
  }
}

/** The outcome is not known; of a repeated attempt that has changed nothing, there is no error. */
interface Unknown {
  readonly error?: unknown;
}

/** Returns the revision of the write, if it is known to have happened. Rejects if it is known that it has not. */
async function tryWrite(
  keyValue: KeyValue,
  write: ResolvableWrite,
  isRepeat: boolean,
): Promise<number | Unknown> {
  const { key, value, expectedRevision } = write;
  try {
    return await keyValue.put(key, value, { expectedRevision });
  } catch (error) {
    if (isUnknownOutcome(error)) return { error };
    if (!isRepeat) throw error;
    const ours = isConflict(error) ? await findOwn(keyValue, write, error) : undefined;
    return ours?.revision ?? {};
  }
}

/**
 * Returns the entry if it is the write's, and `undefined` if it cannot be read.
 *
 * @throws the conflict, if the key has another value
 */
async function findOwn(
  keyValue: KeyValue,
  { key, value }: ResolvableWrite,
  conflict: unknown,
): Promise<KeyValueEntry | undefined> {
  let entry: KeyValueEntry | undefined;
  try {
    entry = await keyValue.read(key);
  } catch {
    return undefined; // asked again after the next attempt, until the deadline
  }
  if (entry !== undefined && Buffer.compare(entry.value, value) === 0) return entry;
  throw conflict;
}

function unresolved(key: string, cause: unknown): ClusterError {
  return new ClusterError(`it is not known whether the write of ${key} has happened`, {
    code: ErrorCode.EngineUnknownOutcome,
    cause,
  });
}

function isConflict(error: unknown): boolean {
  return LimelightError.is(error) && error.code === ErrorCode.EngineConflict;
}
