import { HeaderName, header } from "../codec/headers.ts";
import { invalid } from "../codec/json.ts";
import type { BusMessage } from "../engine/bus.ts";
import type { MessageHeaders } from "../engine/log.ts";
import { PROTOCOL_VERSION, requireVersion } from "../protocol/versions.ts";
import { decodeBody, encodeBody } from "./call-body.ts";
import { fromWireError, toWireError } from "./wire-error.ts";

/** What a runner answers to a call. */
export type CallAnswer =
  /** The result of an ask or operation; of a queue message, its id or reply. */
  | { readonly kind: "reply"; readonly value: unknown }
  /** `handled`: the handler has run, at least in part, or the queue message is stored. */
  | { readonly kind: "failed"; readonly error: Error; readonly handled: boolean };

const KIND = { reply: "reply", failed: "failed", refused: "refused" } as const;

const HEADERS: Readonly<Record<keyof typeof KIND, MessageHeaders>> = {
  reply: headersOf(KIND.reply),
  failed: headersOf(KIND.failed),
  refused: headersOf(KIND.refused),
};

function headersOf(kind: string): MessageHeaders {
  return { [HeaderName.Version]: String(PROTOCOL_VERSION), [HeaderName.Kind]: kind };
}

/**
 * Returns a reply as a message.
 *
 * @param text JSON text of the reply; `undefined` for none
 * @throws ClusterError `ERR_ENGINE_TOO_LARGE`
 */
export function encodeReply(text: string | undefined, maxBytes: number): BusMessage {
  const headers = HEADERS.reply;
  if (text === undefined) return { headers, body: Buffer.from("{}") };
  return { headers, body: encodeBody("reply", {}, "value", text, maxBytes, headers) };
}

/** Returns an error as a message. It is cut to a size that every engine takes. */
export function encodeFailure(error: unknown, handled: boolean): BusMessage {
  const headers = handled ? HEADERS.failed : HEADERS.refused;
  return { headers, body: Buffer.from(JSON.stringify({ error: toWireError(error) })) };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function decodeAnswer({ headers, body }: BusMessage, maxBytes: number): CallAnswer {
  const version = header(headers, HeaderName.Version) ?? "";
  if (!/^\d{1,6}$/.test(version)) throw invalid(`header ${HeaderName.Version} is no version`);
  requireVersion(Number(version));
  const kind = header(headers, HeaderName.Kind);
  const { value, error: wire } = decodeBody("answer", body, maxBytes);
  if (kind === KIND.reply) return { kind, value };
  if (kind !== KIND.failed && kind !== KIND.refused) {
    throw invalid(`header ${HeaderName.Kind} is none of an answer`);
  }
  const error = fromWireError(wire);
  if (error === undefined) throw invalid("an answer has no error");
  return { kind: "failed", error, handled: kind === KIND.failed };
}
