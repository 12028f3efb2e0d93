import type { RequestOrigin } from "../../activation/definition/caller.ts";
import type { Owner } from "../../activation/records/record-keys.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { invalid } from "../codec/json.ts";
import { type BusMessage, NO_HEADERS } from "../engine/bus.ts";
import { addressOf, ownerAt } from "../protocol/address.ts";
import { LIMITS } from "../protocol/limits.ts";
import { decodeVersioned, encodeBody, HEAD, isCount } from "./call-body.ts";
import { type TraceFields, traceFieldsIn } from "./trace-fields.ts";

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

const KINDS: ReadonlySet<string> = new Set(Object.values(CallKind));
const ID = /^[\w-]{1,64}$/;
const INBOX = /^(?=.{1,256}$)[\w-]+(?:\.[\w-]+)*$/;
const MAX_NAME = 256;
/** Of an address, and of the id of an actor. */
const MAX_ID = LIMITS.addressLength;

/** A call on its way to the runner of its actor. */
export interface CallRequest {
  /** Unique among those of its sender's process and all others. */
  readonly id: string;
  readonly kind: Exclude<CallKind, typeof CallKind.Abort>;
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
  readonly inbox?: string | undefined;
}

/** The sender of a call no longer waits. */
export interface CallAbort {
  readonly kind: typeof CallKind.Abort;
  /** Of the call. */
  readonly id: string;
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
  const { kind, name, timeoutMs, senderId, origin, inbox, trace } = call;
  const { traceparent, tracestate, baggage } = trace;
  let head = `${headOf(kind, call.id)},"to":"${addressOf(call.owner)}","gen":${call.generation}`;
  if (timeoutMs !== undefined) head += `,"timeoutMs":${Math.max(0, Math.ceil(timeoutMs))}`;
  head += `,"name":${JSON.stringify(name)}`;
  if (call.mustExist) head += `,"mustExist":true`;
  if (senderId !== undefined) head += `,"sender":${JSON.stringify(senderId)}`;
  if (origin !== undefined) head += `,"origin":${JSON.stringify(origin)}`;
  if (inbox !== undefined) head += `,"inbox":${JSON.stringify(inbox)}`;
  if (traceparent !== undefined) head += `,"traceparent":${JSON.stringify(traceparent)}`;
  if (tracestate !== undefined) head += `,"tracestate":${JSON.stringify(tracestate)}`;
  if (baggage !== undefined) head += `,"baggage":${JSON.stringify(baggage)}`;
  const body = encodeBody(`${kind} ${name}`, head, "args", argsText, maxBytes);
  return { headers: NO_HEADERS, body };
}

/** Returns the message that ends the wait for a call. */
export function encodeAbort({ id }: Pick<CallRequest, "id">): BusMessage {
  return { headers: NO_HEADERS, body: Buffer.from(`${headOf(CallKind.Abort, id)}}`) };
}

function headOf(kind: CallKind, id: string): string {
  return `${HEAD},"kind":"${kind}","id":${JSON.stringify(id)}`;
}

/**
 * Decodes a call. Properties that are not known are ignored.
 *
 * @throws ClusterError `ERR_PROTOCOL_VERSION`, `ERR_PROTOCOL_INVALID`
 */
export function decodeCall(
  { body }: Pick<BusMessage, "body">,
  maxBytes: number,
): CallRequest | CallAbort {
  const fields = decodeVersioned("call", body, maxBytes);
  const { kind, id } = fields;
  if (typeof kind !== "string" || !KINDS.has(kind)) throw invalid("a call has no kind");
  if (typeof id !== "string" || !ID.test(id)) throw invalid("a call has no id");
  if (kind === CallKind.Abort) return { kind, id };
  return requestIn(fields, kind as CallRequest["kind"], id);
}

function requestIn(
  fields: Readonly<Record<string, unknown>>,
  kind: CallRequest["kind"],
  id: string,
): CallRequest {
  const { to, gen, timeoutMs, name, args, mustExist, sender, origin, inbox } = fields;
  if (!isCount(gen)) throw invalid("a call has no generation");
  if (timeoutMs !== undefined && !isCount(timeoutMs)) throw invalid("a call has no time-out");
  if (!isText(name, MAX_NAME) || name === "") throw invalid("a call has no name");
  if (!Array.isArray(args)) throw invalid("a call has no arguments");
  return {
    id,
    kind,
    owner: ownerIn(to),
    generation: gen,
    timeoutMs,
    name,
    args,
    mustExist: flagIn(mustExist),
    senderId: senderIn(sender),
    origin: origin === undefined ? undefined : originOf(origin),
    trace: traceFieldsIn(fields),
    inbox: inboxIn(inbox),
  };
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === "string" && value.length <= maxLength;
}

function ownerIn(address: unknown): Owner {
  const owner = isText(address, MAX_ID) ? ownerAt(address) : undefined;
  if (owner === undefined) throw invalid("a call has no address");
  return owner;
}

function flagIn(value: unknown): boolean {
  if (value !== undefined && value !== true) throw invalid("mustExist must be true");
  return value === true;
}

function senderIn(value: unknown): string | undefined {
  if (value === undefined || isText(value, MAX_ID)) return value;
  throw invalid("the sender of a call is no id");
}

function inboxIn(value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && INBOX.test(value))) return value;
  throw invalid("the inbox of a call is no subject");
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
  const isName = (value: unknown): boolean => value === undefined || typeof value === "string";
  if (!isName(requestId) || !isName(connectionId)) throw invalid("origin must have texts");
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
