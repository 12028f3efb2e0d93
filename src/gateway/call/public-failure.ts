import { errorMessage, property, textProperty } from "../../base/foreign-value.ts";
import type { PublicError } from "../../base/public-error.ts";
import { CallOutcome } from "../../wire/gateway-frames.ts";
import type { Failure } from "./outside-request.ts";

const MAX_DATA_BYTES = 4_096;
const MAX_MESSAGE = 1_000;
const CODE_SHAPE = /^(?!ERR_)[A-Z][A-Z0-9_]{1,63}$/;
const BAD_REQUEST = 400;
const MAX_STATUS = 499;

/** Returns what a public error says. Its `data` is left out if it is no JSON, or larger than 4 KiB. */
export function publicFailure(error: PublicError): Failure | undefined {
  const code = textProperty(error, "code");
  const status = property(error, "status");
  // It may be of another copy of the package, or have been changed.
  if (code === undefined || !CODE_SHAPE.test(code)) return undefined;
  const isStatus = Number.isInteger(status) && inRange(status as number);
  return {
    status: isStatus ? (status as number) : BAD_REQUEST,
    code,
    message: errorMessage(error).slice(0, MAX_MESSAGE),
    outcome: CallOutcome.Failed,
    data: dataOf(error),
  };
}

/** Whether the `data` of a public error is given to the caller; if there is none, too. */
export function isDataGiven(error: PublicError): boolean {
  return property(error, "data") === undefined || dataOf(error) !== undefined;
}

function inRange(status: number): boolean {
  return status >= BAD_REQUEST && status <= MAX_STATUS;
}

function dataOf(error: PublicError): unknown {
  try {
    const text = JSON.stringify(property(error, "data"));
    if (text === undefined || Buffer.byteLength(text) > MAX_DATA_BYTES) return undefined;
    return JSON.parse(text); // as it is now, whatever becomes of the object
  } catch {
    return undefined;
  }
}
