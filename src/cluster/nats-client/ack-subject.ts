import { digitsToMs } from "./nanos.ts";

/** What the reply subject of a delivered message says about it. */
export interface AckSubject {
  readonly attempt: number;
  readonly streamSequence: number;
  readonly consumerSequence: number;
  readonly storedAtMs: number;
  /** Messages that the consumer has not delivered yet. */
  readonly pending: number;
}

const V1_TOKENS = 9;
/** With the domain and the account before the stream, and possibly a random token at the end. */
const V2_TOKENS = 11;

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<attempt>.<stream sequence>.<consumer sequence>.<time>.<pending>`, or the second
 * version of it. Returns `undefined` for any other subject.
 *
 * @see {@link https://docs.nats.io/reference/reference-protocols/nats_api_reference | JetStream wire API}
 */
export function parseAckSubject(subject: string): AckSubject | undefined {
  const tokens = subject.split(".");
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK") return undefined;
  const isV2 = tokens.length >= V2_TOKENS;
  if (!isV2 && tokens.length !== V1_TOKENS) return undefined;
  const [attempt = "", stream = "", consumer = "", time = "", pending = ""] = tokens.slice(
    isV2 ? 6 : 4,
  );
  const read = {
    attempt: Number(attempt),
    streamSequence: Number(stream),
    consumerSequence: Number(consumer),
    storedAtMs: digitsToMs(time),
    pending: Number(pending),
  };
  return Object.values(read).every(Number.isFinite) ? read : undefined;
}
