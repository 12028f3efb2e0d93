import type { ExposedType } from "../expose/expose.ts";
import { REQUEST_METHODS } from "../expose/expose-options.ts";
import { type Operation, OperationKind, type Operations } from "./operations.ts";

/** What a path of a gateway is for. */
export const RouteKind = {
  Operation: "operation",
  /** For `onRequest`. */
  Raw: "raw",
  Connect: "connect",
  Livez: "livez",
  Readyz: "readyz",
  Metadata: "metadata",
  Document: "document",
} as const;
export type RouteKind = (typeof RouteKind)[keyof typeof RouteKind];

const READ: readonly string[] = ["GET", "HEAD"];
const POST: readonly string[] = ["POST"];

/** A route that a request has matched. */
export interface Route {
  readonly kind: RouteKind;
  readonly methods: readonly string[];
  /** For spans and metrics, below the base path. Names are in it only if they are exposed. */
  readonly template: string;
  /** `undefined` if nothing of that name is exposed. */
  readonly operation: Operation | undefined;
  /** As it came; `undefined` for routes without a key. */
  readonly keySegment: string | undefined;
  /** Of a request for `onRequest`: the type, `undefined` if it answers none. */
  readonly exposed: ExposedType | undefined;
  /** Of a request for `onRequest`: the path below `request`, as it came. */
  readonly rawPath: string | undefined;
}

const NOTHING = {
  operation: undefined,
  keySegment: undefined,
  exposed: undefined,
  rawPath: undefined,
};

function plain(kind: RouteKind, template: string, methods: readonly string[]): Route {
  return { kind, template, methods, ...NOTHING };
}

/** Routes of one segment. */
const PLAIN: ReadonlyMap<string, Route> = new Map(
  [
    plain(RouteKind.Connect, "/connect", ["GET"]), // see `gateway-server.ts`
    plain(RouteKind.Livez, "/livez", READ),
    plain(RouteKind.Readyz, "/readyz", READ),
    plain(RouteKind.Metadata, "/metadata", READ),
    plain(RouteKind.Document, "/openapi.json", READ),
  ].map((route) => [route.template.slice(1), route]),
);

/** Templates of names that are not exposed, by kind. */
const UNKNOWN: Readonly<Record<OperationKind, string>> = {
  [OperationKind.Ask]: "/actors/{type}/{key}/ask/{message}",
  [OperationKind.Tell]: "/actors/{type}/{key}/tell/{message}",
  [OperationKind.Queue]: "/actors/{type}/{key}/queue/{queue}",
};
const UNKNOWN_RAW = "/actors/{type}/{key}/request/{path}";
const ACTORS = "actors";
const REQUEST = "request";
/** Segments before the path of a request for `onRequest`. */
const RAW_AT = 4;

/** Whether a target is for a gateway. For handlers that pass on all others. */
export function isOwnTarget(target: string, basePath: string): boolean {
  if (!target.startsWith(`${basePath}/`)) return false;
  const [segment = ""] = target.slice(basePath.length + 1).split(/[/?]/, 1);
  return segment === ACTORS || PLAIN.has(segment);
}

/** Returns the route of a path. */
export function findRoute(segments: readonly string[], operations: Operations): Route | undefined {
  if (segments.length === 1) return PLAIN.get(segments[0] ?? "");
  const [first, type = "", keySegment, kind, name = ""] = segments;
  if (first === ACTORS && kind === REQUEST) return rawRoute(segments, operations);
  if (first !== ACTORS || segments.length !== 5 || !isKind(kind)) return undefined;
  const operation = operations.find(type, kind, name);
  const template = operation?.path ?? UNKNOWN[kind];
  return { ...NOTHING, kind: RouteKind.Operation, methods: POST, template, operation, keySegment };
}

/** Which methods a type takes is said to callers that are known. */
function rawRoute(
  [, type = "", keySegment, , ...path]: readonly string[],
  operations: Operations,
): Route {
  const exposed = operations.findRaw(type);
  return {
    ...NOTHING,
    kind: RouteKind.Raw,
    methods: REQUEST_METHODS,
    template: exposed === undefined ? UNKNOWN_RAW : operations.rawPath(exposed),
    exposed,
    keySegment,
    rawPath: `/${path.join("/")}`,
  };
}

/** Whether these segments are those of a request for `onRequest`, whose path may end with a slash. */
export function isRaw(segments: readonly string[]): boolean {
  return segments.length > RAW_AT && segments[0] === ACTORS && segments[RAW_AT - 1] === REQUEST;
}

function isKind(kind: string | undefined): kind is OperationKind {
  return kind === OperationKind.Ask || kind === OperationKind.Tell || kind === OperationKind.Queue;
}
