import { jsonFault } from "../../activation/records/json-fault.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { notJson } from "../calls/call-message.ts";
import { json } from "../codec/shape.ts";
import { ownerAt } from "../protocol/address.ts";
import { LIMITS } from "../protocol/limits.ts";

/**
 * Checks the input of a new actor, which is kept with its placement until it runs.
 *
 * @throws LimelightError `ERR_STATE_INVALID` if JSON would change it, or it is nested too deep
 * @throws ClusterError `ERR_ENGINE_TOO_LARGE`
 */
export function requireInput(address: string, input: unknown): void {
  const what = `the input of a ${ownerAt(address)?.type ?? "keyed actor"}`;
  const fault = jsonFault("input", input);
  if (fault !== undefined) throw notJson(what, fault);
  const size = Buffer.byteLength(JSON.stringify(input));
  if (size > LIMITS.dataBytes) {
    const text = `${what} has ${size} bytes as JSON, of at most ${LIMITS.dataBytes}`;
    throw new ClusterError(text, { code: ErrorCode.EngineTooLarge });
  }
  try {
    json(input, "input");
  } catch (error) {
    if (LimelightError.is(error)) throw notJson(what, error.message);
    throw error;
  }
}
