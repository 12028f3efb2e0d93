import { ErrorCode, UsageError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";
import { type SizedText, storableText } from "../records/state-text.ts";

/** Maximum size of the body of an event, in bytes of its JSON text. A reply from outside may be as large. */
const MAX_BYTES = 4_194_304;

/**
 * Returns the text of an event's body, made at once: what becomes of the value later changes nothing.
 *
 * @returns `undefined` for an event without a body
 * @throws {@link LimelightError} `ERR_STATE_INVALID`, `ERR_STATE_TOO_LARGE`
 */
export function eventText(event: string, body: unknown): SizedText | undefined {
  if (body === undefined) return undefined;
  return storableText(body, { root: `body of event ${event}`, maxBytes: MAX_BYTES });
}

/** The error of an event that the definition does not have. */
export function unknownEvent(type: string, event: unknown): UsageError {
  return new UsageError(`${type} has no event ${quote(String(event))}`, {
    code: ErrorCode.InvalidOption,
  });
}
