import type { Span } from "@opentelemetry/api";
import { originIn } from "../../activation/definition/caller.ts";
import type { ForwardedMessage } from "../../activation/placement/forwarded-message.ts";
import { jsonFault } from "../../activation/records/json-fault.ts";
import type { Owner } from "../../activation/records/record-keys.ts";
import type { ClockTimer } from "../../base/clock.ts";
import { CallKind, type CallRequest, notJson } from "../calls/call-message.ts";
import { type TraceFields, traceFieldsOf } from "../calls/trace-fields.ts";
import type { Route } from "./route-cache.ts";

/** A message on its way to another process, until it has ended. */
export class Outgoing {
  readonly message: ForwardedMessage;
  readonly owner: Owner;
  readonly address: string;
  /** Grows with each message of the process: the order in which they were sent. */
  readonly sequence: number;
  /** JSON of its arguments as they were when it was sent. */
  readonly argsText: string;
  /** When it is no longer looked for a runner, on the monotonic clock; `undefined`: never. */
  readonly deadlineMs: number | undefined;
  /** When it began to look for its runner, on the monotonic clock. */
  startedMs = 0;
  /** Span of the call at this side. */
  callSpan: Span | undefined;
  /** How often it was not handled where it was sent. */
  attempts = 0;
  /** Where it was not handled the last time. */
  notAt: Route | undefined = undefined;
  /** Why it could not be sent, or was not handled, the last time. */
  lastError: unknown = undefined;
  /** Ends the wait for a runner. */
  timer: ClockTimer | undefined;
  /** Ends what is under way for it, when it has ended. */
  cancel: (() => void) | undefined;
  #trace: TraceFields | undefined;

  /** @throws LimelightError `ERR_STATE_INVALID` for arguments that JSON would change */
  constructor(
    message: ForwardedMessage,
    address: string,
    sequence: number,
    deadlineMs: number | undefined,
  ) {
    this.message = message;
    this.owner = message.owner;
    this.address = address;
    this.sequence = sequence;
    this.deadlineMs = deadlineMs;
    this.argsText = argsTextOf(message);
  }

  /** Trace context of the sender. */
  get trace(): TraceFields {
    this.#trace ??= traceFieldsOf(this.message.context, this.message.span);
    return this.#trace;
  }

  /** What is sent, besides the arguments. */
  call(
    id: string,
    generation: number,
    timeoutMs: number | undefined,
    trace: TraceFields,
  ): Omit<CallRequest, "args"> {
    const { message, owner } = this;
    const { queued, mustExist, senderId } = message;
    return {
      id,
      kind: kindOf(message),
      owner,
      generation,
      timeoutMs,
      name: queued?.queue ?? message.name,
      mustExist,
      senderId,
      origin: originIn(message.context),
      trace,
    };
  }
}

function kindOf({ kind, queued }: ForwardedMessage): CallRequest["kind"] {
  if (queued !== undefined) return queued.awaitsReply ? CallKind.QueueAsk : CallKind.Send;
  switch (kind) {
    case "ask":
      return CallKind.Ask;
    case "tell":
      return CallKind.Tell;
  }
}

function argsTextOf(message: ForwardedMessage): string {
  if (message.queued !== undefined) return `[${message.queued.text}]`;
  const { args } = message;
  let { length } = args;
  while (length > 0 && args[length - 1] === undefined) length -= 1; // the same for the handler
  if (length === 0) return "[]";
  const sent = length === args.length ? args : args.slice(0, length);
  const fault = argumentFault(sent);
  if (fault !== undefined) throw notJson(`${message.name} of ${message.type.name}`, fault);
  return JSON.stringify(sent);
}

/** The list itself is of the runtime: only what is in it is checked. */
function argumentFault(args: readonly unknown[]): string | undefined {
  for (const [at, arg] of args.entries()) {
    const fault = arg === undefined ? " is undefined" : jsonFault("", arg);
    if (fault !== undefined) return `arguments[${at}]${fault}`;
  }
  return undefined;
}
