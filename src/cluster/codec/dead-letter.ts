import type { LogMessage, MessageHeaders, StoredMessage } from "../engine/log.ts";
import { ownerAt } from "../protocol/address.ts";
import { LIMITS } from "../protocol/limits.ts";
import { HeaderName, header } from "./headers.ts";
import { invalid } from "./json.ts";

/*
 * A dead letter is the message as it was, with headers that say where it came from and why it is here. Its body is not
 * decoded: it may be what could not be.
 */

/**
 * The log that a dead letter comes from.
 *
 * @enum
 */
export const DeadLetterLog = { Commands: "cmd", Events: "evt" } as const;
export type DeadLetterLog = (typeof DeadLetterLog)[keyof typeof DeadLetterLog];

/** A message that could not be handled. */
export interface DeadLetter {
  readonly log: DeadLetterLog;
  /** Its subject in that log. */
  readonly subject: string;
  readonly headers: MessageHeaders;
  readonly body: Uint8Array;
  /** Code of the error. */
  readonly reason: string;
  readonly text: string;
  /** How often it was delivered. */
  readonly attempts: number;
  /** Unique among dead letters: log, and number of the message in it. */
  readonly id: string;
}

const ORIGIN = "Ll-Dead-Subject";
const REASON = "Ll-Dead-Reason";
const TEXT = "Ll-Dead-Text";
const ATTEMPTS = "Ll-Dead-Attempts";
const ID = "Ll-Dead-Id";
/** Headers of the message itself that are kept. */
const KEPT: readonly string[] = Object.values(HeaderName);
/** Where the letters of messages go whose subject has no address. */
const NO_ADDRESS = "unknown";

/** Returns the message for the log of dead letters. */
export function deadLetterMessage(
  log: DeadLetterLog,
  message: StoredMessage & { readonly attempt: number },
  { reason, text }: { readonly reason: string; readonly text: string },
): LogMessage {
  const address = message.subject.split(".").slice(1).join(".");
  const target = ownerAt(address) === undefined ? NO_ADDRESS : address;
  const id = `${log}:${message.sequence}`;
  return {
    id: `dead:${id}`,
    subject: `${log}.${target}`,
    headers: {
      ...keptHeaders(message.headers),
      [ORIGIN]: message.subject,
      [REASON]: printable(reason, LIMITS.reasonLength),
      [TEXT]: printable(text, LIMITS.textLength),
      [ATTEMPTS]: String(message.attempt),
      [ID]: id,
    },
    body: message.body,
  };
}

/**
 * Returns the dead letter of a stored message.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID` if something else was stored there
 */
export function readDeadLetter({ subject, headers, body }: StoredMessage): DeadLetter {
  const log = Object.values(DeadLetterLog).find((name) => subject.startsWith(`${name}.`));
  const origin = header(headers, ORIGIN);
  const reason = header(headers, REASON);
  const attempts = Number(header(headers, ATTEMPTS) ?? Number.NaN);
  const id = header(headers, ID);
  if (
    log === undefined ||
    origin === undefined ||
    reason === undefined ||
    id === undefined ||
    !Number.isSafeInteger(attempts)
  ) {
    throw invalid("message of the log of dead letters is none");
  }
  return {
    log,
    subject: origin,
    headers: keptHeaders(headers),
    body,
    reason,
    text: header(headers, TEXT) ?? "",
    attempts,
    id,
  };
}

function keptHeaders(headers: MessageHeaders): MessageHeaders {
  const kept: Record<string, string> = {};
  for (const name of KEPT) {
    const value = header(headers, name);
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** Returns a text as the value of a header: on one line, in ASCII, and shortened. */
function printable(text: string, maxLength: number): string {
  return text
    .slice(0, maxLength)
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .trim();
}
