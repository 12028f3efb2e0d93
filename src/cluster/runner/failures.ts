import { ErrorCode, LimelightError } from "../../base/errors.ts";

/** Errors that another attempt cannot end otherwise. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.EngineClosed,
  ErrorCode.EngineConfig,
  ErrorCode.EngineUnsafe,
  ErrorCode.EngineVersion,
  ErrorCode.InvalidOption,
  ErrorCode.MetadataInvalid,
  ErrorCode.ProtocolInvalid,
  ErrorCode.ProtocolVersion,
]);

/** Returns whether another attempt cannot end otherwise. */
export function isHopeless(error: unknown): boolean {
  return LimelightError.is(error) && HOPELESS.has(error.code);
}
