import { toError } from "../../base/errors.ts";
import { GatewayCode } from "./gateway-code.ts";

/** A reply as it is sent, or why it cannot be. */
export type ReplyText =
  /** `undefined` for a reply that is `undefined`. */
  | { readonly text: string | undefined; readonly code?: undefined }
  | { readonly code: GatewayCode; readonly error: Error | undefined; readonly sizeBytes?: number };

const MAX_BYTES_PER_UNIT = 3;

/** Returns the JSON text of a reply. */
export function replyText(value: unknown, maxBytes: number): ReplyText {
  if (value === undefined) return { text: undefined };
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (thrown) {
    return { code: GatewayCode.ReplyInvalid, error: toError(thrown) }; // a cycle, a bigint, or `toJSON` throws
  }
  if (text === undefined) return { code: GatewayCode.ReplyInvalid, error: undefined };
  if (text.length * MAX_BYTES_PER_UNIT <= maxBytes) return { text };
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= maxBytes) return { text };
  return { code: GatewayCode.ReplyTooLarge, error: undefined, sizeBytes };
}
