import type { Published } from "../../activation/access/event-feed.ts";
import type { ConnectRequest, LinkEnding, LinkGap } from "../../activation/access/link.ts";
import type { RequestOrigin } from "../../activation/definition/caller.ts";
import type { DisconnectReason } from "../../activation/definition/connection-types.ts";
import { decodeBody } from "../calls/call-body.ts";
import type { TraceFields } from "../calls/trace-fields.ts";
import { fromWireError, toWireError, type WireError } from "../calls/wire-error.ts";
import { invalid } from "../codec/json.ts";
import type { BusMessage } from "../engine/bus.ts";
import { PROTOCOL_VERSION } from "../protocol/versions.ts";

/** An event as JSON: sets become arrays. */
type WireEvent = Omit<Published, "only"> & { readonly only?: readonly string[] };

/** What a node sends to a runner about the connections of one of its gateways to one actor. */
export type LinkRequest =
  | {
      readonly kind: "open";
      readonly link: string;
      /** Where the frames of the link go. */
      readonly inbox: string;
      readonly address: string;
      readonly generation: number;
      readonly timeoutMs: number;
      readonly mustExist: boolean;
      readonly request: ConnectRequest;
      readonly origin?: Partial<RequestOrigin>;
      readonly trace: TraceFields;
    }
  | {
      readonly kind: "subscribe" | "unsubscribe";
      readonly link: string;
      readonly connectionId: string;
      readonly events: readonly string[];
    }
  | {
      readonly kind: "close";
      readonly link: string;
      readonly connectionId: string;
      readonly reason: DisconnectReason;
    }
  /** Not answered: the frames up to this number have been received. */
  | { readonly kind: "alive"; readonly link: string; readonly frame: number }
  /** Not answered. */
  | { readonly kind: "end"; readonly link: string };

/** What a runner sends back, in frames that are numbered from 1 on. */
export type LinkFrame =
  | {
      readonly kind: "opened";
      readonly connectionId: string;
      readonly formerId: string | undefined;
      readonly start: number;
      readonly gap: LinkGap | undefined;
      readonly feed: FeedFacts;
      /** Events after `start` that are part of the feed already. */
      readonly events: readonly Published[];
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
    }
  | { readonly kind: "alive" }
  /** The runner gives the link up. */
  | { readonly kind: "broken" };

/** What is known of the feed of an actor. */
export interface FeedFacts {
  readonly first: number;
  readonly last: number;
  /** Position after number 0, and that after number 1. */
  readonly positions: readonly [string, string];
  /** Numbers of the newest events before `first`, by name. */
  readonly evicted: Readonly<Record<string, number>>;
}

const HEADERS = { "Ll-V": String(PROTOCOL_VERSION), "Ll-Kind": "link" };

export function encodeLinkRequest(request: LinkRequest): BusMessage {
  return { headers: HEADERS, body: Buffer.from(JSON.stringify(request)) };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` */
export function decodeLinkRequest(
  { body }: Pick<BusMessage, "body">,
  maxBytes: number,
): LinkRequest {
  const request = decodeBody("link", body, maxBytes) as Partial<LinkRequest>;
  if (typeof request.link !== "string") throw invalid("a link has no id");
  switch (request.kind) {
    case "open": {
      const {
        inbox,
        address,
        request: connect,
      } = request as Partial<LinkRequest & { kind: "open" }>;
      if (typeof inbox !== "string" || typeof address !== "string")
        throw invalid("a link has no inbox");
      if (typeof connect?.connectionId !== "string") throw invalid("a link has no connection");
      if (!Array.isArray(connect.events)) throw invalid("a connection has no events");
      return request as LinkRequest;
    }
    case "subscribe":
    case "unsubscribe":
      if (!Array.isArray(request.events)) throw invalid("a subscription has no events");
      return request as LinkRequest;
    case "close":
    case "alive":
    case "end":
      return request as LinkRequest;
    case undefined:
      throw invalid("a link has no kind");
  }
  throw invalid("a link has an unknown kind");
}

export function encodeFrame(frame: number, content: LinkFrame): BusMessage {
  const wire = (event: Published): WireEvent => {
    const { only, ...rest } = event;
    return only === undefined ? rest : { ...rest, only: [...only] };
  };
  const encoded: Record<string, unknown> = { frame, ...content };
  if ("events" in content) encoded["events"] = content.events.map(wire);
  if ("event" in content) encoded["event"] = wire(content.event);
  if ("error" in content) encoded["error"] = toWireError(content.error);
  return { headers: HEADERS, body: Buffer.from(JSON.stringify(encoded)) };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` */
export function decodeFrame(
  { body }: Pick<BusMessage, "body">,
  maxBytes: number,
): { readonly frame: number; readonly content: LinkFrame } {
  const { frame, ...content } = decodeBody("frame", body, maxBytes);
  if (typeof frame !== "number" || typeof content["kind"] !== "string") throw invalid("no frame");
  const known = { ...content };
  if (Array.isArray(known["events"])) known["events"] = known["events"].map(eventOf);
  if (known["event"] !== undefined) known["event"] = eventOf(known["event"]);
  if (known["error"] !== undefined) {
    const error = fromWireError(known["error"] as WireError);
    if (error === undefined) throw invalid("a frame has no error");
    known["error"] = error;
  }
  return { frame, content: known as unknown as LinkFrame };
}

function eventOf(value: unknown): Published {
  const { only, number, event, body, traceparent, whenSlow, except } = value as WireEvent;
  if (typeof number !== "number" || typeof event !== "string")
    throw invalid("a frame has no event");
  // JSON leaves out what is undefined.
  const audience = { only: only === undefined ? undefined : new Set(only), except };
  return { number, event, body, traceparent, whenSlow, ...audience };
}
