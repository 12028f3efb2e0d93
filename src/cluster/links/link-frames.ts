import type { Published } from "../../activation/access/event-feed.ts";
import type { LinkEnding, LinkGap } from "../../activation/access/link.ts";
import { DisconnectReason } from "../../activation/definition/connection-types.ts";
import { WhenSlow } from "../../activation/definition/event-types.ts";
import { fromWireError, toWireError } from "../calls/wire-error.ts";
import { invalid, parseJson } from "../codec/json.ts";
import {
  array,
  flag,
  integer,
  mapOf,
  object,
  oneOf,
  orUndefined,
  plainObject,
  type Shape,
  text,
} from "../codec/shape.ts";
import { LIMITS } from "../protocol/limits.ts";
import { MAX_FRAME_BYTES } from "./link-parts.ts";
import { connectionId, MAX_EVENT_NAME } from "./link-requests.ts";

/** What a runner sends to a node about a link. A frame may be larger than a message: it travels in parts. */
export type LinkFrame =
  | {
      readonly kind: "opened";
      readonly connectionId: string;
      readonly formerId: string | undefined;
      readonly start: number;
      readonly gap: LinkGap | undefined;
      readonly feed: FeedFacts;
    }
  | {
      readonly kind: "refused";
      readonly connectionId: string;
      readonly error: Error;
      readonly handled: boolean;
    }
  | { readonly kind: "events"; readonly first: number; readonly events: readonly Published[] }
  | { readonly kind: "direct"; readonly connectionId: string; readonly event: Published }
  | {
      readonly kind: "ended";
      readonly connectionIds: readonly string[];
      readonly ending: LinkEnding;
    };

/** What is known of the feed of an actor. */
export interface FeedFacts {
  readonly first: number;
  /** Number of the last event that was sent on this link. */
  readonly last: number;
  /** Position after number 0, and that after number 1. */
  readonly positions: readonly [string, string];
  /** Numbers of the newest events before `first`, by name. */
  readonly evicted: Readonly<Record<string, number>>;
}

/** Events in one frame. */
export const EVENTS_PER_FRAME = 64;
const MAX_NAMES = 1_024;
const MAX_CONNECTIONS = 100_000;
const MAX_POSITION = 1_024;
/** Of `connection.close(text)`. */
const MAX_TEXT = 65_536;

/** An event as JSON: sets become arrays. */
type WireEvent = Omit<Published, "only"> & { readonly only: readonly string[] | undefined };

const wireEvent: Shape<WireEvent> = object<WireEvent>({
  number: integer(1),
  event: text(MAX_EVENT_NAME, 1),
  body: orUndefined(text(MAX_FRAME_BYTES)),
  traceparent: orUndefined(text(LIMITS.textLength)),
  whenSlow: oneOf(WhenSlow),
  only: orUndefined(array(connectionId, MAX_CONNECTIONS)),
  except: orUndefined(connectionId),
});

const event: Shape<Published> = (value, path) => {
  const given = wireEvent(value, path);
  return { ...given, only: given.only === undefined ? undefined : new Set(given.only) };
};

const error: Shape<Error> = (value, path) => {
  const given = fromWireError(value);
  if (given === undefined) throw invalid(`${path} must be an error`);
  return given;
};

const positions: Shape<readonly [string, string]> = (value, path) => {
  const [before = "", one = ""] = array(text(MAX_POSITION, 1), 2, 2)(value, path);
  return [before, one];
};

type Of<Kind extends LinkFrame["kind"]> = Extract<LinkFrame, { readonly kind: Kind }>;

const opened: Shape<Of<"opened">> = object<Of<"opened">>({
  kind: oneOf({ Opened: "opened" } as const),
  connectionId,
  formerId: orUndefined(connectionId),
  start: integer(0),
  gap: orUndefined(
    object<LinkGap>({
      reason: oneOf({
        Lost: "events_lost",
        Restarted: "actor_restarted",
        Destroyed: "actor_destroyed",
      } as const),
      missed: orUndefined(integer(0)),
    }),
  ),
  feed: object<FeedFacts>({
    first: integer(0),
    last: integer(0),
    positions,
    evicted: mapOf(text(MAX_EVENT_NAME, 1), integer(0), MAX_NAMES),
  }),
});
const refused: Shape<Of<"refused">> = object<Of<"refused">>({
  kind: oneOf({ Refused: "refused" } as const),
  connectionId,
  error,
  handled: flag,
});
const events: Shape<Of<"events">> = object<Of<"events">>({
  kind: oneOf({ Events: "events" } as const),
  first: integer(0),
  events: array(event, EVENTS_PER_FRAME),
});
const direct: Shape<Of<"direct">> = object<Of<"direct">>({
  kind: oneOf({ Direct: "direct" } as const),
  connectionId,
  event,
});
const ended: Shape<Of<"ended">> = object<Of<"ended">>({
  kind: oneOf({ Ended: "ended" } as const),
  connectionIds: array(connectionId, MAX_CONNECTIONS),
  ending: object<LinkEnding>({
    reason: oneOf(DisconnectReason),
    again: flag,
    text: orUndefined(text(MAX_TEXT)),
  }),
});

/** The shape of each kind. */
const SHAPES: Readonly<Record<LinkFrame["kind"], Shape<LinkFrame>>> = {
  opened,
  refused,
  events,
  direct,
  ended,
};

export function encodeFrame(frame: LinkFrame): Uint8Array {
  const encoded: Record<string, unknown> = { ...frame };
  if ("events" in frame) encoded["events"] = frame.events.map(wireOf);
  if ("event" in frame) encoded["event"] = wireOf(frame.event);
  if ("error" in frame) encoded["error"] = toWireError(frame.error);
  return Buffer.from(JSON.stringify(encoded));
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` */
export function decodeFrame(bytes: Uint8Array): LinkFrame {
  const value = plainObject(parseJson("a frame", bytes, MAX_FRAME_BYTES), "frame");
  const kind = String(value["kind"]);
  if (!Object.hasOwn(SHAPES, kind)) throw invalid("a frame has an unknown kind");
  return SHAPES[kind as LinkFrame["kind"]](value, "frame");
}

function wireOf(published: Published): WireEvent {
  const { only } = published;
  return { ...published, only: only === undefined ? undefined : [...only] };
}
