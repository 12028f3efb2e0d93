import type { IncomingMessage } from "node:http";
import type { Order, Placement } from "../actors/order.ts";
import type { Shop } from "../shop.ts";
import { readOrderRequest } from "./http-body.ts";
import { errorReply, Refusal, type Reply, ShopErrorCode } from "./http-reply.ts";

/** Data available to a route. */
export interface Visit {
  readonly shop: Pick<Shop, "desk" | "order">;
  readonly request: IncomingMessage;
  /** Value of the route's `:id`. */
  readonly id: string;
  /** Whether the server is closing. */
  readonly stopping: boolean;
}

/** A path, and what its methods do. */
export interface Route {
  /** With a placeholder for the variable part, because the path is used in span names, which must be few. */
  readonly path: string;
  readonly pattern: RegExp;
  readonly method: string;
  readonly answer: (visit: Visit) => Promise<Reply> | Reply;
}

/** Maximum time a customer waits for a reply. */
const PLACE_TIMEOUT_MS = 2_000;

/** Other ids wake no actor. */
const ORDER_ID = /^[0-9a-f]{8}$/;

const ROUTES: readonly Route[] = [
  { path: "/orders", pattern: /^\/orders$/, method: "POST", answer: placeOrder },
  { path: "/orders/:id", pattern: /^\/orders\/([^/]+)$/, method: "GET", answer: readOrder },
  { path: "/healthz", pattern: /^\/healthz$/, method: "GET", answer: reportHealth },
];

/** Returns the route that matches `path`, and the value of its placeholder. */
export function findRoute(path: string): { route: Route; id: string } | undefined {
  for (const route of ROUTES) {
    const match = route.pattern.exec(path);
    if (match !== null) return { route, id: match[1] ?? "" };
  }
  return undefined;
}

/**
 * Runs the route.
 *
 * @throws {@link Refusal} 405 when the route has no such method
 */
export function answerRoute(route: Route, visit: Visit): Promise<Reply> | Reply {
  const { method } = visit.request;
  // HEAD is GET; Node omits the body.
  if (method === route.method || (method === "HEAD" && route.method === "GET")) {
    return route.answer(visit);
  }
  const allow = route.method === "GET" ? "GET, HEAD" : route.method;
  throw new Refusal(405, ShopErrorCode.MethodNotAllowed, `${route.path} takes ${allow}`, { allow });
}

async function placeOrder({ shop, request }: Visit): Promise<Reply> {
  const order = await readOrderRequest(request);
  const placement = await shop.desk.with({ timeoutMs: PLACE_TIMEOUT_MS }).ask.place(order);
  return placementReply(placement);
}

function placementReply(placement: Placement): Reply {
  switch (placement.outcome) {
    case "placed": {
      const location = `/orders/${placement.order.id}`;
      return { status: 201, body: orderBody(placement.order), headers: { location } };
    }
    case "out_of_stock":
      return errorReply(409, ShopErrorCode.OutOfStock, `only ${placement.left} left`);
    case "declined":
      return errorReply(402, ShopErrorCode.PaymentDeclined, placement.reason);
  }
}

async function readOrder({ shop, id }: Visit): Promise<Reply> {
  const order = ORDER_ID.test(id) ? await shop.order(id).ask.show() : undefined;
  if (order === undefined) throw new Refusal(404, ShopErrorCode.NotFound, "there is no such order");
  return { status: 200, body: orderBody(order) };
}

function orderBody({ id, item, quantity, totalCents, status }: Order): object {
  return { id, item, quantity, total_cents: totalCents, status };
}

function reportHealth({ stopping }: Visit): Reply {
  if (!stopping) return { status: 200, body: { status: "ok" } };
  return errorReply(503, ShopErrorCode.Stopping, "the shop is closing", { "retry-after": "1" });
}
