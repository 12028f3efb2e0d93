import type { ClientMessage } from "../../wire/gateway-frames.ts";
import { findJsonFault, type JsonFault } from "../expose/json-check.ts";

/** A message of a client. */
export interface Decoded {
  readonly message: ClientMessage;
  /** Why what it carries is refused, while the message itself is well-formed. */
  readonly fault: string | undefined;
}

/** What a client has sent is no frame of the protocol. */
export class FrameFault extends Error {
  override readonly name = "FrameFault";
}

type Members = Readonly<Record<string, unknown>>;

/** Arrays and objects around the value whose nesting is limited: that of a message is one. */
const MESSAGE_DEPTH = 1;

/**
 * Returns the messages of a frame.
 *
 * @param text a message as JSON, or an array of messages
 * @param maxDepth nesting of arguments
 * @throws {@link FrameFault} unless all of it is of the protocol
 */
export function decodeFrame(text: string, maxDepth: number): readonly Decoded[] {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new FrameFault("the frame is no JSON"); // the error quotes it
  }
  if (Array.isArray(frame)) return frame.map((one) => decodeMessage(one, maxDepth));
  return [decodeMessage(frame, maxDepth)];
}

function decodeMessage(value: unknown, maxDepth: number): Decoded {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FrameFault("a message is an object");
  }
  const members = value as Members;
  const check = isKind(members["t"]) ? SHAPES[members["t"]] : undefined;
  if (check === undefined) throw new FrameFault("`t` is none of the protocol");
  const wrong = check.find(([name, isValid]) => !isValid(members[name]));
  if (wrong !== undefined) throw new FrameFault(`\`${wrong[0]}\` of a message is invalid`);
  const fault: JsonFault | undefined = findJsonFault(value, maxDepth + MESSAGE_DEPTH);
  return { message: value as ClientMessage, fault: fault ?? contentFault(members) };
}

/** Returns what is wrong with a call whose number is valid, so that it can be answered. */
function contentFault({ t, a, ms }: Members): string | undefined {
  if ((t === "ask" || t === "tell") && !Array.isArray(a)) return "the arguments are no array";
  const isCall = t === "ask" || t === "send";
  return isCall && ms !== undefined && !isTime(ms) ? "`ms` is no time in milliseconds" : undefined;
}

type Check = (value: unknown) => boolean;
type Shape = readonly (readonly [name: string, isValid: Check])[];

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 1;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime: Check = (value) => typeof value === "number" && value > 0 && Number.isFinite(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isNumbers: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every(isNumber);
const orNone =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isLast: Check = (value) => {
  if (typeof value !== "object" || value === null) return false;
  const { id, at, d } = value as Members;
  return isText(id) && isText(at) && isCount(d);
};

const CALL: Shape = [
  ["c", isNumber],
  ["i", isNumber],
];
const SUBSCRIBE: Shape = [...CALL, ["e", isTexts]];
const MESSAGE: Shape = [...CALL, ["m", isText]];

/** What the members of each kind of message have to be. Others are ignored. */
const SHAPES: Readonly<Record<ClientMessage["t"], Shape>> = {
  hello: [
    ["v", isNumbers],
    ["token", orNone(isText)],
  ],
  auth: [
    ["i", isNumber],
    ["token", isText],
  ],
  open: [
    ["c", isNumber],
    ["type", isText],
    ["key", isTexts],
    ["sub", orNone(isTexts)],
    ["last", orNone(isLast)],
  ],
  close: [["c", isNumber]],
  sub: SUBSCRIBE,
  unsub: SUBSCRIBE,
  ask: MESSAGE,
  tell: MESSAGE,
  send: [...CALL, ["q", isText]],
  cancel: [["i", isNumber]],
  ping: [["n", isNumber]],
};

function isKind(value: unknown): value is ClientMessage["t"] {
  return typeof value === "string" && Object.hasOwn(SHAPES, value);
}
