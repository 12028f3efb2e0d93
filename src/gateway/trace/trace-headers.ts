/*
 * The rules of W3C Trace Context, Level 2, for headers from outside.
 *
 * OpenTelemetry's own propagator is laxer: it drops single members of a `tracestate` that has to be dropped as a whole,
 * and writes the flags `fe` as `-0fe`, which no other party accepts. It gets only what has passed here.
 */

/** Trace context of a message from outside, in the form in which it may be passed on. */
export interface TraceHeaders {
  /** Of version 00. */
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

/** Version, trace id, parent id, flags, and what a later version may add. */
const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[!-+\--~]*)?$/;
const ZERO_TRACE = "0".repeat(32);
const ZERO_PARENT = "0".repeat(16);
/** Sampled and random; the others have no meaning yet, and are not passed on. */
const KNOWN_FLAGS = 0x03;

/**
 * Keys, as the suite of the W3C expects them. The text of Level 2 would also take `@` anywhere after the first character.
 *
 * @see {@link https://github.com/w3c/trace-context/blob/main/test/test.py | test_tracestate_key_illegal_vendor_format}
 */
const STATE_KEY =
  /^(?:[a-z0-9][_0-9a-z\-*/]{0,255}|[a-z0-9][_0-9a-z\-*/]{0,240}@[a-z][_0-9a-z\-*/]{0,13})$/;
const STATE_VALUE = /^[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const MAX_MEMBERS = 32;
/** What has to be passed on at least; longer lists are shortened to it. */
const MAX_STATE_LENGTH = 512;
/** Longer members are left out first. */
const LONG_MEMBER = 128;

/**
 * Checks the trace context of a message. Headers that came more than once are joined by commas.
 *
 * @returns `undefined` if the message begins a new trace
 * @see {@link https://www.w3.org/TR/trace-context-2/ | Trace Context Level 2}
 */
export function checkTraceHeaders(
  traceparent: string | undefined,
  tracestate: string | undefined,
): TraceHeaders | undefined {
  const [, version, traceId, parentId, flags, rest] = PARENT.exec(traceparent ?? "") ?? [];
  if (version === undefined || version === "ff" || (version === "00" && rest !== undefined)) {
    return undefined;
  }
  if (traceId === ZERO_TRACE || parentId === ZERO_PARENT) return undefined;
  const known = Number.parseInt(flags ?? "00", 16) & KNOWN_FLAGS;
  return {
    traceparent: `00-${traceId}-${parentId}-0${known}`,
    tracestate: tracestate === undefined ? undefined : checkState(tracestate),
  };
}

/** Returns a `tracestate` without empty members and spaces; `undefined` if one member is invalid. */
function checkState(given: string): string | undefined {
  const members: string[] = [];
  const keys = new Set<string>();
  for (const part of given.split(",")) {
    const member = part.replaceAll(/^[ \t]+|[ \t]+$/g, "");
    if (member === "") continue;
    const at = member.indexOf("=");
    const key = member.slice(0, Math.max(at, 0));
    if (!STATE_KEY.test(key) || !STATE_VALUE.test(member.slice(at + 1))) return undefined;
    members.push(member);
    keys.add(key);
    if (keys.size < members.length || members.length > MAX_MEMBERS) return undefined;
  }
  return members.length === 0 ? undefined : shorten(members).join(",");
}

/** Leaves out whole members, as the specification says: the long ones first, then from the end. */
function shorten(members: string[]): readonly string[] {
  let length = members.reduce((sum, member) => sum + member.length + 1, -1);
  const drop = (at: number): void => {
    length -= (members[at]?.length ?? 0) + 1;
    members.splice(at, 1);
  };
  for (let at = members.length - 1; at >= 0 && length > MAX_STATE_LENGTH; at -= 1) {
    if ((members[at]?.length ?? 0) > LONG_MEMBER) drop(at);
  }
  while (length > MAX_STATE_LENGTH) drop(members.length - 1);
  return members;
}

const MAX_BAGGAGE_LENGTH = 8_192;
const MAX_BAGGAGE_MEMBERS = 64;

/**
 * Returns `baggage` if it is within the limits that every party has to support, and else nothing.
 *
 * @see {@link https://www.w3.org/TR/baggage/#limits | Baggage, Limits}
 */
export function checkBaggage(baggage: string | undefined): string | undefined {
  if (baggage === undefined || baggage.length > MAX_BAGGAGE_LENGTH) return undefined;
  return baggage.split(",").length > MAX_BAGGAGE_MEMBERS ? undefined : baggage;
}
