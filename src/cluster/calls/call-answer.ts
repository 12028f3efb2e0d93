import { invalid } from "../codec/json.ts";
import { type BusMessage, NO_HEADERS } from "../engine/bus.ts";
import { decodeVersioned, encodeBody, HEAD } from "./call-body.ts";
import { fromWireError, toWireError } from "./wire-error.ts";

/** What a runner answers to a call. */
export type CallAnswer =
  /** The result of an ask or operation; of a queue message, its id or reply. */
  | { readonly kind: "reply"; readonly value: unknown }
  /** `handled`: the handler has run, at least in part, or the queue message is stored. */
  | { readonly kind: "failed"; readonly error: Error; readonly handled: boolean };

const KIND = { reply: "reply", failed: "failed", refused: "refused" } as const;

const HEADS: Readonly<Record<keyof typeof KIND, string>> = {
  reply: headOf(KIND.reply),
  failed: headOf(KIND.failed),
  refused: headOf(KIND.refused),
};
const NOTHING = Buffer.from(`${HEADS.reply}}`);

function headOf(kind: string): string {
  return `${HEAD},"kind":"${kind}"`;
}

/**
 * Returns a reply as a message.
 *
 * @param text JSON text of the reply; `undefined` for none
 * @throws ClusterError `ERR_ENGINE_TOO_LARGE`
 */
export function encodeReply(text: string | undefined, maxBytes: number): BusMessage {
  const body =
    text === undefined ? NOTHING : encodeBody("reply", HEADS.reply, "value", text, maxBytes);
  return { headers: NO_HEADERS, body };
}

/** Returns an error as a message. It is cut to a size that every engine takes. */
export function encodeFailure(error: unknown, handled: boolean): BusMessage {
  const head = handled ? HEADS.failed : HEADS.refused;
  const text = JSON.stringify(toWireError(error));
  return { headers: NO_HEADERS, body: Buffer.from(`${head},"error":${text}}`) };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function decodeAnswer({ body }: Pick<BusMessage, "body">, maxBytes: number): CallAnswer {
  const { kind, value, error: wire } = decodeVersioned("answer", body, maxBytes);
  if (kind === KIND.reply) return { kind, value };
  if (kind !== KIND.failed && kind !== KIND.refused) throw invalid("an answer has no kind");
  const error = fromWireError(wire);
  if (error === undefined) throw invalid("an answer has no error");
  return { kind: "failed", error, handled: kind === KIND.failed };
}
