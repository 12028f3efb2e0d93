import { ErrorCode } from "../../base/errors.ts";
import type { SizedText } from "../records/state-text.ts";
import { storableText } from "../records/state-text.ts";

/**
 * Returns the JSON of the body of a queue message.
 *
 * @throws LimelightError `ERR_STATE_INVALID` with the path, `ERR_QUEUE_MESSAGE_TOO_LARGE`
 */
export function bodyText(body: unknown, maxBytes: number): SizedText {
  return storableText(body, { root: "body", maxBytes, tooLarge: ErrorCode.QueueMessageTooLarge });
}
