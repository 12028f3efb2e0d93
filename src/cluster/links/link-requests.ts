import type { ConnectRequest, LastEvents } from "../../activation/access/link.ts";
import type { RequestOrigin } from "../../activation/definition/caller.ts";
import { DisconnectReason } from "../../activation/definition/connection-types.ts";
import { originOf } from "../calls/call-message.ts";
import type { TraceFields } from "../calls/trace-fields.ts";
import { address, generation } from "../codec/fields.ts";
import { headersOf, MessageKind, requireHeaders } from "../codec/headers.ts";
import { invalid, parseJson } from "../codec/json.ts";
import {
  array,
  flag,
  integer,
  matching,
  object,
  oneOf,
  optional,
  orUndefined,
  plainObject,
  type Shape,
  text,
} from "../codec/shape.ts";
import type { BusMessage } from "../engine/bus.ts";
import { LIMITS } from "../protocol/limits.ts";

/** What a node sends to a runner about the connections of one of its gateways to one actor. */
export type LinkRequest =
  | OpenLinkRequest
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
  /** Not answered: the node is there, and takes frames up to here, counted from the beginning of the link. */
  | {
      readonly kind: "credit";
      readonly link: string;
      readonly bytes: number;
      readonly frames: number;
    }
  /** Not answered. */
  | { readonly kind: "end"; readonly link: string };

/** A connection that is to be opened, on a link that may be new. */
export interface OpenLinkRequest {
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
  /** As in `credit`. */
  readonly bytes: number;
  readonly frames: number;
}

export const MAX_EVENT_NAME = 256;
const MAX_EVENTS = 1_024;
const MAX_BAGGAGE = 8_192;
const LINK_ID = /^[\w-]+$/;
const INBOX = /^[\w-]+(?:\.[\w-]+)*$/;

const link = matching(LIMITS.idLength, LINK_ID, "the id of a link");
/** Id of a connection. */
export const connectionId: Shape<string> = text(LIMITS.reasonLength, 1);
const events = array(text(MAX_EVENT_NAME, 1), MAX_EVENTS);
const anything: Shape<unknown> = (value) => value;

const open: Shape<OpenLinkRequest> = object<OpenLinkRequest>({
  kind: oneOf({ Open: "open" } as const),
  link,
  inbox: matching(LIMITS.idLength * 4, INBOX, "tokens of a subject"),
  address,
  generation,
  timeoutMs: integer(0),
  mustExist: flag,
  request: object<ConnectRequest>({
    connectionId,
    params: orUndefined(anything),
    events,
    last: orUndefined(
      // As the client gave them.
      object<LastEvents>({
        connectionId: text(LIMITS.textLength),
        position: text(LIMITS.textLength),
      }),
    ),
  }),
  origin: optional((value) => originOf(value)),
  trace: object<TraceFields>({
    traceparent: optional(text(LIMITS.textLength)),
    tracestate: optional(text(LIMITS.textLength)),
    baggage: optional(text(MAX_BAGGAGE)),
  }),
  bytes: integer(0),
  frames: integer(0),
});

type Of<Kind extends LinkRequest["kind"]> = LinkRequest & { readonly kind: Kind };
type Subscription = Of<"subscribe" | "unsubscribe">;

const subscription: Shape<Subscription> = object<Subscription>({
  kind: oneOf({ Subscribe: "subscribe", Unsubscribe: "unsubscribe" } as const),
  link,
  connectionId,
  events,
});
const close: Shape<Of<"close">> = object<Of<"close">>({
  kind: oneOf({ Close: "close" } as const),
  link,
  connectionId,
  reason: oneOf(DisconnectReason),
});
const credit: Shape<Of<"credit">> = object<Of<"credit">>({
  kind: oneOf({ Credit: "credit" } as const),
  link,
  bytes: integer(0),
  frames: integer(0),
});
const end: Shape<Of<"end">> = object<Of<"end">>({ kind: oneOf({ End: "end" } as const), link });

/** The shape of each kind. */
const SHAPES: Readonly<Record<LinkRequest["kind"], Shape<LinkRequest>>> = {
  open,
  subscribe: subscription,
  unsubscribe: subscription,
  close,
  credit,
  end,
};

export function encodeLinkRequest(request: LinkRequest): BusMessage {
  return { headers: headersOf(MessageKind.Link), body: Buffer.from(JSON.stringify(request)) };
}

/** @throws ClusterError `ERR_PROTOCOL_VERSION`, `ERR_PROTOCOL_INVALID` */
export function decodeLinkRequest(
  { headers, body }: Pick<BusMessage, "headers" | "body">,
  maxBytes: number,
): LinkRequest {
  requireHeaders(headers, MessageKind.Link);
  const value = plainObject(parseJson("a link", body, maxBytes), "link");
  const kind = String(value["kind"]);
  if (!Object.hasOwn(SHAPES, kind)) throw invalid("a link has an unknown kind");
  return SHAPES[kind as LinkRequest["kind"]](value, "link");
}
