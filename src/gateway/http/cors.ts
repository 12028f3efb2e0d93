import type { HostGuard } from "../../http/host-guard.ts";
import type { Exchange } from "./exchange.ts";

const EXPOSED = "traceresponse, x-request-id, retry-after";
const ALLOWED_HEADERS =
  "authorization, content-type, x-request-id, traceparent, tracestate, baggage";
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,64}$/;
const MAX_ASKED = 20;
/** Says where a request comes from. A proxy sets it, and `clientAddress` may trust it. */
const OF_PROXIES = /^(?:forwarded|via|x-forwarded-.*|x-real-ip|x-client-ip|cf-.*|true-client-ip)$/i;
/** How long a browser may remember the answer to a preflight. Browsers have upper limits of their own. */
const MAX_AGE_S = "7200";

/** Returns the headers with which a browser lets a page of an allowed origin read the answer. */
export function corsHeaders({ site }: Exchange, guard: HostGuard): readonly string[] {
  const { origin } = site;
  if (origin === undefined || !guard.allowsOrigin(origin)) return [];
  return [
    "Access-Control-Allow-Origin",
    origin,
    "Access-Control-Expose-Headers",
    EXPOSED,
    "Vary",
    "Origin",
  ];
}

/** Whether a request is a browser's question before it sends another one. */
export function isPreflight(exchange: Exchange): boolean {
  return (
    exchange.method === "OPTIONS" &&
    exchange.site.origin !== undefined &&
    exchange.header("access-control-request-method") !== undefined
  );
}

/**
 * Returns the headers that answer a preflight, besides those of {@link corsHeaders}.
 *
 * @param asked headers that the page wants to send to an actor, as the browser lists them; `undefined` for routes whose
 *   headers are known. They are allowed: the origin is one that `allowedOrigins` names, and no cookies come along.
 */
export function preflightHeaders(
  methods: readonly string[],
  asked: string | undefined,
): readonly string[] {
  return [
    "Access-Control-Allow-Methods",
    methods.join(", "),
    "Access-Control-Allow-Headers",
    [ALLOWED_HEADERS, ...namesIn(asked)].join(", "),
    "Access-Control-Max-Age",
    MAX_AGE_S,
  ];
}

function namesIn(asked: string | undefined): readonly string[] {
  const names = (asked ?? "").split(",", MAX_ASKED).map((name) => name.trim());
  return names.filter((name) => HEADER_NAME.test(name) && !OF_PROXIES.test(name));
}
