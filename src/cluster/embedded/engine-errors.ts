import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";

/** What codes of a store mean to those who use an engine on it. With all others, nothing was written. */
const CODES: Partial<Record<ErrorCode, ErrorCode>> = {
  [ErrorCode.StoreClosed]: ErrorCode.EngineClosed,
  [ErrorCode.StoreConflict]: ErrorCode.EngineConflict,
  [ErrorCode.StoreCorrupt]: ErrorCode.EngineUnavailable,
  [ErrorCode.StoreFull]: ErrorCode.EngineFull,
  [ErrorCode.StoreLocked]: ErrorCode.EngineUnavailable,
  [ErrorCode.StoreOverloaded]: ErrorCode.EngineUnavailable,
  [ErrorCode.StoreTooLarge]: ErrorCode.EngineTooLarge,
  [ErrorCode.StoreUnavailable]: ErrorCode.EngineUnavailable,
  [ErrorCode.StoreUnknownOutcome]: ErrorCode.EngineUnknownOutcome,
};

/** Returns the error of an engine for what its store has thrown. Anything but errors of limelight is of unknown outcome. */
export function toEngineError(thrown: unknown): Error {
  if (!LimelightError.is(thrown)) {
    return new ClusterError("the store of the engine has failed", {
      code: ErrorCode.EngineUnknownOutcome,
      cause: thrown,
    });
  }
  const code = CODES[thrown.code];
  if (code === undefined) return thrown;
  return new ClusterError(thrown.message, { code, cause: thrown });
}

/** Resolves as `call` does, and rejects with errors of the engine. */
export async function asEngineCall<Value>(call: Promise<Value>): Promise<Value> {
  try {
    return await call;
  } catch (error) {
    throw toEngineError(error);
  }
}

/** Returns the error of calls to a session that was closed. */
export function sessionClosed(): ClusterError {
  return new ClusterError("the session of the engine is closed", { code: ErrorCode.EngineClosed });
}

/** @throws ClusterError `ERR_ENGINE_TOO_LARGE` */
export function requireSize(what: string, sizeBytes: number, maxBytes: number): void {
  if (sizeBytes <= maxBytes) return;
  throw new ClusterError(`${what} has ${sizeBytes} bytes, of at most ${maxBytes}`, {
    code: ErrorCode.EngineTooLarge,
  });
}

/** Returns the error of a write that depends on a revision which `key` does not have. */
export function revisionConflict(key: string, revision: number, expected: number): ClusterError {
  return new ClusterError(`key ${key} is at revision ${revision}, not ${expected}`, {
    code: ErrorCode.EngineConflict,
  });
}
