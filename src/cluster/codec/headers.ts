import type { MessageHeaders } from "../engine/log.ts";
import { LIMITS } from "../protocol/limits.ts";
import {
  PROTOCOL_RANGE,
  PROTOCOL_VERSION,
  type ProtocolRange,
  requireVersion,
} from "../protocol/versions.ts";
import { invalid } from "./json.ts";

/**
 * Headers of messages. Engines add their own; those of users are never passed through, since servers act on some.
 *
 * @enum
 */
export const HeaderName = {
  Version: "Ll-V",
  Kind: "Ll-Kind",
  Id: "Ll-Id",
  TraceParent: "traceparent",
  TraceState: "tracestate",
  /** A copy: some servers rewrite `traceparent`. */
  TraceParentCopy: "Ll-Traceparent",
} as const;
export type HeaderName = (typeof HeaderName)[keyof typeof HeaderName];

/**
 * What the body of a message is.
 *
 * @enum
 */
export const MessageKind = {
  Command: "command",
  Events: "events",
  Place: "place",
  Answer: "answer",
  View: "view",
  ViewAnswer: "view_answer",
  Control: "control",
  ControlAnswer: "control_answer",
  Link: "link",
} as const;
export type MessageKind = (typeof MessageKind)[keyof typeof MessageKind];

/** W3C trace context as it travels. */
export interface CarriedTrace {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

const TRACE_PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
const TRACE_STATE = /^[\x20-\x7e]*$/;

/** Returns the headers of a message. A trace context that is not valid is left out, as the W3C asks for. */
export function headersOf(
  kind: MessageKind,
  { id, trace = {} }: { readonly id?: string; readonly trace?: CarriedTrace } = {},
): MessageHeaders {
  const { traceparent, tracestate } = validTrace(trace);
  return {
    [HeaderName.Version]: String(PROTOCOL_VERSION),
    [HeaderName.Kind]: kind,
    ...(id === undefined ? {} : { [HeaderName.Id]: id }),
    ...(traceparent === undefined
      ? {}
      : { [HeaderName.TraceParent]: traceparent, [HeaderName.TraceParentCopy]: traceparent }),
    ...(tracestate === undefined ? {} : { [HeaderName.TraceState]: tracestate }),
  };
}

/**
 * Checks that a message is of a version that this process speaks, and of `kind`.
 *
 * @throws ClusterError `ERR_PROTOCOL_VERSION`, `ERR_PROTOCOL_INVALID`
 */
export function requireHeaders(
  headers: MessageHeaders,
  kind: MessageKind,
  range: ProtocolRange = PROTOCOL_RANGE,
): void {
  const version = header(headers, HeaderName.Version);
  if (version === undefined) throw invalid(`message has no header ${HeaderName.Version}`);
  if (!/^[1-9]\d{0,5}$/.test(version)) throw invalid(`header ${HeaderName.Version} is no version`);
  requireVersion(Number(version), range);
  if (header(headers, HeaderName.Kind) === kind) return;
  throw invalid(`header ${HeaderName.Kind} of the message is not ${kind}`);
}

/** Returns the trace context of a message; nothing if there is none that is valid. */
export function traceOf(headers: MessageHeaders): CarriedTrace {
  const traceparent =
    header(headers, HeaderName.TraceParentCopy) ?? header(headers, HeaderName.TraceParent);
  const tracestate = header(headers, HeaderName.TraceState);
  return validTrace({
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  });
}

/** Returns a trace context without what is not valid. */
export function validTrace({ traceparent, tracestate }: CarriedTrace): CarriedTrace {
  if (traceparent === undefined || !TRACE_PARENT.test(traceparent)) return {};
  const isStateValid =
    tracestate !== undefined &&
    tracestate.length <= LIMITS.tracestateLength &&
    TRACE_STATE.test(tracestate);
  return isStateValid ? { traceparent, tracestate } : { traceparent };
}

/** Returns a header; `undefined` if it is not there. */
export function header(headers: MessageHeaders, name: string): string | undefined {
  return Object.hasOwn(headers, name) ? headers[name] : undefined;
}
