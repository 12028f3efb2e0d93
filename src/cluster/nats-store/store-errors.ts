import { ClusterError, ErrorCode, StoreError, type StoreErrorCode } from "../../base/errors.ts";
import { ApiError, readError } from "../nats-client/nats-errors.ts";

/** Returns the error of a call that has changed nothing: that of a request as a StoreError, others as they are. */
export function toStoreError(thrown: unknown, key: string): unknown {
  if (!isOfRequest(thrown)) return thrown;
  const { message, code } = readError("NATS", thrown);
  return new StoreError(message, { code: storeCode(code), key, cause: thrown });
}

/** Whether a request has failed, and not what was made of its answer. */
export function isOfRequest(thrown: unknown): thrown is ApiError | ClusterError {
  return thrown instanceof ApiError || thrown instanceof ClusterError;
}

function storeCode(code: string): StoreErrorCode {
  if (code === ErrorCode.EngineFull) return ErrorCode.StoreFull;
  return code === ErrorCode.EngineTooLarge ? ErrorCode.StoreTooLarge : ErrorCode.StoreUnavailable;
}

/** Whether what a request has failed with leaves open whether it took effect. */
export function isUnanswered(thrown: unknown): boolean {
  return thrown instanceof ClusterError && thrown.code === ErrorCode.EngineNoReply;
}
