import { ErrorCode, LimelightError, StoreError } from "../../base/errors.ts";
import { shownKey } from "./limits.ts";
import { ABSENT, WriteKind, type WriteOperation } from "./store.ts";

/**
 * How a write has ended. After `unknown`, the keys must be read again before anything is derived from them.
 *
 * @enum
 */
export const WriteOutcome = { Ok: "ok", Rejected: "rejected", Unknown: "unknown" } as const;
export type WriteOutcome = (typeof WriteOutcome)[keyof typeof WriteOutcome];

/**
 * Returns how a write that has thrown `error` has ended. Only errors of limelight promise that nothing was written;
 * anything else that a backend throws counts as unknown.
 *
 * @example
 * ```ts
 * const store = new MemoryStore();
 * await store.close();
 * await store.put("a", Buffer.from("1")).catch((error: unknown) => {
 *   console.log(writeOutcome(error)); // nothing was written: "rejected"
 * });
 * ```
 */
export function writeOutcome(error: unknown): WriteOutcome {
  if (!LimelightError.is(error)) return WriteOutcome.Unknown;
  return error.code === ErrorCode.StoreUnknownOutcome
    ? WriteOutcome.Unknown
    : WriteOutcome.Rejected;
}

function revisionText(revision: number): string {
  return revision === ABSENT ? "absent" : `at revision ${revision}`;
}

/**
 * Checks the conditions of a batch against the current revisions.
 *
 * @param revisionOf returns {@link ABSENT} for a key that is not there
 * @throws {@link StoreError} `ERR_STORE_CONFLICT` for the first condition that does not hold
 */
export function requireConditions(
  operations: readonly WriteOperation[],
  revisionOf: (key: string) => number,
): void {
  for (const operation of operations) {
    if (operation.kind === WriteKind.DeletePrefix) continue;
    const { key, expectedRevision } = operation;
    if (expectedRevision === undefined) continue;
    const revision = revisionOf(key);
    if (revision !== expectedRevision) throw conflictError(key, revision, expectedRevision);
  }
}

/** Returns the error of a key that does not have its expected revision. */
export function conflictError(key: string, revision: number, expectedRevision: number): StoreError {
  return new StoreError(
    `key ${shownKey(key)} is ${revisionText(revision)}, not ${revisionText(expectedRevision)}`,
    { code: ErrorCode.StoreConflict, key },
  );
}

/** Returns the error of calls to a store that was closed. */
export function closedError(): StoreError {
  return new StoreError("the store is closed", { code: ErrorCode.StoreClosed });
}
