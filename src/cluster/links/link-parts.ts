import { HeaderName, header } from "../codec/headers.ts";
import { invalid } from "../codec/json.ts";
import type { BusMessage } from "../engine/bus.ts";
import { PROTOCOL_VERSION, requireVersion } from "../protocol/versions.ts";
import { CHUNK_BYTES } from "../streams/stream-limits.ts";

/**
 * What a message of a runner about a link is.
 *
 * @enum
 */
export const PartKind = {
  /** A part of a frame that goes on in the next one. */
  More: "link_more",
  /** The last part of a frame. */
  Last: "link_last",
  /** The runner is there; has the number of the last part that it has sent. */
  Alive: "link_alive",
  /** The runner has given the link up. */
  Broken: "link_broken",
} as const;
export type PartKind = (typeof PartKind)[keyof typeof PartKind];

/** A message of a runner about a link. Parts are numbered from 1 on. */
export interface LinkPart {
  readonly kind: PartKind;
  readonly number: number;
  /** Of a frame. */
  readonly bytes: Uint8Array;
}

/** Most bytes of one frame, in all its parts: an event of the largest size that gateways send, as JSON within JSON. */
export const MAX_FRAME_BYTES = 33_554_432;

const NUMBER = "Ll-Frame";
const DIGITS = /^(?:0|[1-9]\d{0,14})$/;
const KINDS: ReadonlySet<string> = new Set(Object.values(PartKind));

export function encodePart({ kind, number, bytes }: LinkPart): BusMessage {
  const headers = {
    [HeaderName.Version]: String(PROTOCOL_VERSION),
    [HeaderName.Kind]: kind,
    [NUMBER]: String(number),
  };
  return { headers, body: bytes };
}

/** @throws ClusterError `ERR_PROTOCOL_VERSION`, `ERR_PROTOCOL_INVALID` */
export function decodePart({ headers, body }: Pick<BusMessage, "headers" | "body">): LinkPart {
  const version = header(headers, HeaderName.Version) ?? "";
  if (!DIGITS.test(version)) throw invalid(`header ${HeaderName.Version} is no version`);
  requireVersion(Number(version));
  const kind = header(headers, HeaderName.Kind) ?? "";
  if (!KINDS.has(kind)) throw invalid(`header ${HeaderName.Kind} is none of a link`);
  const number = header(headers, NUMBER) ?? "";
  if (!DIGITS.test(number)) throw invalid(`header ${NUMBER} is no number`);
  const isOfFrame = kind === PartKind.More || kind === PartKind.Last;
  const [min, max] = isOfFrame ? [1, CHUNK_BYTES] : [0, 0];
  if (body.byteLength < min || body.byteLength > max) {
    throw invalid(`a part of a link has ${body.byteLength} bytes, of ${min} to ${max}`);
  }
  return { kind: kind as PartKind, number: Number(number), bytes: body };
}

/** Puts the parts of frames together. */
export class FrameAssembly {
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /**
   * Takes the next part of a frame. Returns the frame if that is the last one.
   *
   * @throws ClusterError `ERR_PROTOCOL_INVALID` for a frame that is too large
   */
  add({ kind, bytes }: LinkPart): Uint8Array | undefined {
    this.#bytes += bytes.byteLength;
    if (this.#bytes > MAX_FRAME_BYTES)
      throw invalid(`a frame has more than ${MAX_FRAME_BYTES} bytes`);
    this.#parts.push(bytes);
    if (kind !== PartKind.Last) return undefined;
    const [only, ...more] = this.#parts;
    this.#parts = [];
    this.#bytes = 0;
    return only !== undefined && more.length === 0 ? only : Buffer.concat([only ?? bytes, ...more]);
  }
}
