import type { RequestOrigin } from "../../activation/definition/caller.ts";
import type { Owner } from "../../activation/records/record-keys.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { HeaderName, header } from "../codec/headers.ts";
import { invalid } from "../codec/json.ts";
import type { BusMessage, ReceivedMessage } from "../engine/bus.ts";
import type { MessageHeaders } from "../engine/log.ts";
import { addressOf, ownerAt } from "../protocol/address.ts";
import { LIMITS } from "../protocol/limits.ts";
import { PROTOCOL_VERSION, requireVersion } from "../protocol/versions.ts";
import { decodeBody, encodeBody } from "./call-body.ts";
import type { TraceFields } from "./trace-fields.ts";
import { traceFieldsIn, traceHeadersOf } from "./trace-fields.ts";

/**
 * What a message for an actor in another process is.
 *
 * @enum
 */
export const CallKind = {
  Ask: "ask",
  Tell: "tell",
  /** A queue message whose sender waits until it is stored. */
  Send: "send",
  /** A queue message whose sender waits for the reply. */
  QueueAsk: "queue_ask",
  /** An HTTP request. Its answer is the head of the response; bodies are streams. */
  Request: "request",
  /** An operation on the key, such as `destroy`. */
  Operation: "operation",
  /** The sender of the call with this id no longer waits. Not answered. */
  Abort: "abort",
} as const;
export type CallKind = (typeof CallKind)[keyof typeof CallKind];

/** Headers of calls, besides those of all messages. */
const Header = {
  Actor: "Ll-Actor",
  Generation: "Ll-Gen",
  TimeoutMs: "Ll-Timeout",
} as const;

const KINDS: ReadonlySet<string> = new Set(Object.values(CallKind));
const DIGITS = /^\d{1,15}$/;
const ID = /^[\w-]{1,64}$/;
const INBOX = /^(?=.{1,256}$)[\w-]+(?:\.[\w-]+)*$/;
const MAX_NAME = 256;
/** Of an address, and of the id of an actor. */
const MAX_ID = LIMITS.addressLength;

/** A call on its way to the runner of its actor. */
export interface CallRequest {
  /** Unique among those of its sender's process and all others. */
  readonly id: string;
  readonly kind: CallKind;
  readonly owner: Owner;
  /** The activation that the sender believes to be there. */
  readonly generation: number;
  /** For how long its sender waits; `undefined`: without an end. */
  readonly timeoutMs: number | undefined;
  /** Of the message, the queue or the operation. */
  readonly name: string;
  /** Arguments; of a queue message the body alone. JSON. */
  readonly args: readonly unknown[];
  /** Whether it is refused if there is no such actor. */
  readonly mustExist: boolean;
  /** Id of the actor that has sent it. */
  readonly senderId: string | undefined;
  /** The request from outside that it belongs to. */
  readonly origin: Partial<RequestOrigin> | undefined;
  readonly trace: TraceFields;
  /** Where its sender is told that a queue message is stored whose reply it waits for; absent: it does not want to know. */
  readonly inbox?: string;
}

/** What is in the body of a call; the rest is in headers. */
interface CallBody {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly mustExist?: true;
  readonly sender?: string;
  readonly origin?: Partial<RequestOrigin>;
  readonly inbox?: string;
}

/**
 * Returns a call as a message.
 *
 * @param argsText JSON text of the arguments, which the caller has checked
 * @throws ClusterError `ERR_ENGINE_TOO_LARGE`
 */
export function encodeCall(
  call: Omit<CallRequest, "args">,
  argsText: string,
  maxBytes: number,
): BusMessage {
  const { id, kind, owner, generation, timeoutMs, name, mustExist, senderId, origin, inbox } = call;
  const headers: MessageHeaders = {
    [HeaderName.Version]: String(PROTOCOL_VERSION),
    [HeaderName.Kind]: kind,
    [HeaderName.Id]: id,
    [Header.Actor]: addressOf(owner),
    [Header.Generation]: String(generation),
    ...(timeoutMs === undefined
      ? {}
      : { [Header.TimeoutMs]: String(Math.max(0, Math.ceil(timeoutMs))) }),
    ...traceHeadersOf(call.trace),
  };
  const rest: Omit<CallBody, "args"> = {
    name,
    ...(mustExist ? { mustExist: true } : {}),
    ...(senderId === undefined ? {} : { sender: senderId }),
    ...(origin === undefined ? {} : { origin }),
    ...(inbox === undefined ? {} : { inbox }),
  };
  return {
    headers,
    body: encodeBody(`${kind} ${name}`, rest, "args", argsText, maxBytes, headers),
  };
}

/** Returns the message that ends the wait for a call. */
export function encodeAbort({ id, owner }: Pick<CallRequest, "id" | "owner">): BusMessage {
  const headers: MessageHeaders = {
    [HeaderName.Version]: String(PROTOCOL_VERSION),
    [HeaderName.Kind]: CallKind.Abort,
    [HeaderName.Id]: id,
    [Header.Actor]: addressOf(owner),
  };
  return { headers, body: new Uint8Array() };
}

/** What of a call can be told from its headers. */
export interface CallHead {
  readonly id: string;
  readonly kind: CallKind;
  readonly owner: Owner;
}

/**
 * Decodes the headers of a call.
 *
 * @throws ClusterError `ERR_PROTOCOL_VERSION`, `ERR_PROTOCOL_INVALID`
 */
export function decodeHead({ headers }: Pick<ReceivedMessage, "headers">): CallHead {
  const version = header(headers, HeaderName.Version) ?? "";
  if (!DIGITS.test(version)) throw invalid(`header ${HeaderName.Version} is no version`);
  requireVersion(Number(version));
  const kind = header(headers, HeaderName.Kind) ?? "";
  if (!KINDS.has(kind)) throw invalid(`header ${HeaderName.Kind} is none of a call`);
  const id = header(headers, HeaderName.Id) ?? "";
  if (!ID.test(id)) throw invalid(`header ${HeaderName.Id} is no id`);
  const owner = ownerAt((header(headers, Header.Actor) ?? "").slice(0, MAX_ID));
  if (owner === undefined) throw invalid(`header ${Header.Actor} is no address`);
  return { id, kind: kind as CallKind, owner };
}

/**
 * Decodes a call.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID`
 */
export function decodeCall(
  head: CallHead,
  { headers, body }: Pick<ReceivedMessage, "headers" | "body">,
  maxBytes: number,
): CallRequest {
  const { name, args, mustExist, sender, origin, inbox } = callBody(
    decodeBody("call", body, maxBytes),
  );
  const timeoutMs = header(headers, Header.TimeoutMs);
  return {
    ...head,
    generation: numberIn(headers, Header.Generation),
    timeoutMs: timeoutMs === undefined ? undefined : numberIn(headers, Header.TimeoutMs),
    name,
    args,
    mustExist: mustExist === true,
    senderId: sender,
    origin,
    trace: traceFieldsIn(headers),
    ...(inbox === undefined ? {} : { inbox }),
  };
}

function numberIn(headers: MessageHeaders, name: string): number {
  const text = header(headers, name) ?? "";
  if (!DIGITS.test(text)) throw invalid(`header ${name} is no number`);
  return Number(text);
}

function callBody(body: Readonly<Record<string, unknown>>): CallBody {
  const { name, args, mustExist, sender, origin, inbox } = body;
  if (typeof name !== "string" || name === "" || name.length > MAX_NAME) {
    throw invalid("a call has no name");
  }
  if (!Array.isArray(args)) throw invalid("a call has no arguments");
  if (mustExist !== undefined && mustExist !== true) throw invalid("mustExist must be true");
  if (sender !== undefined && (typeof sender !== "string" || sender.length > MAX_ID)) {
    throw invalid("the sender of a call is no id");
  }
  if (inbox !== undefined && (typeof inbox !== "string" || !INBOX.test(inbox))) {
    throw invalid("the inbox of a call is no subject");
  }
  return {
    name,
    args,
    ...(mustExist === undefined ? {} : { mustExist }),
    ...(sender === undefined ? {} : { sender }),
    ...(origin === undefined ? {} : { origin: originOf(origin) }),
    ...(inbox === undefined ? {} : { inbox }),
  };
}

/**
 * Returns where a request comes from. The gateway has checked what it says of the caller; a process of the cluster is trusted
 * with it.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID`
 */
export function originOf(origin: unknown): Partial<RequestOrigin> {
  if (typeof origin !== "object" || origin === null) throw invalid("origin must be an object");
  const { requestId, connectionId, caller } = origin as Partial<Record<string, unknown>>;
  const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
  if (!isText(requestId) || !isText(connectionId)) throw invalid("origin must have texts");
  const id = (caller as { readonly id?: unknown } | null | undefined)?.id;
  if (caller !== undefined && typeof id !== "string") throw invalid("origin has no caller");
  return { requestId, connectionId, caller } as Partial<RequestOrigin>;
}

/** Returns the error for arguments that JSON would change. */
export function notJson(what: string, fault: string): LimelightError {
  return new LimelightError(`${what} cannot be sent to another process: ${fault}`, {
    code: ErrorCode.StateInvalid,
  });
}
