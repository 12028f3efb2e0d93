import { type Operation, OperationKind, type Operations } from "./operations.ts";

/** What a path of a gateway is for. */
export const RouteKind = {
  Operation: "operation",
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
}

function plain(kind: RouteKind, template: string, methods: readonly string[]): Route {
  return { kind, template, methods, operation: undefined, keySegment: undefined };
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
const ACTORS = "actors";

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
  if (first !== ACTORS || segments.length !== 5 || !isKind(kind)) return undefined;
  const operation = operations.find(type, kind, name);
  const template = operation?.path ?? UNKNOWN[kind];
  return { kind: RouteKind.Operation, methods: POST, template, operation, keySegment };
}

function isKind(kind: string | undefined): kind is OperationKind {
  return kind !== undefined && Object.hasOwn(UNKNOWN, kind);
}
