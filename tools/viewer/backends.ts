import type { ServerResponse } from "node:http";
import { ViewerError, ViewerErrorCode } from "./viewer-error.ts";

/** Addresses of the backends, such as `http://127.0.0.1:9090`. */
export interface BackendUrls {
  readonly prometheusUrl: string;
  readonly jaegerUrl: string;
  readonly victoriaLogsUrl: string;
}

/** A backend's address, and the paths that may be read. */
interface Backend {
  readonly url: URL;
  readonly paths: RegExp;
}

/** Backends by the first segment of their proxied paths. */
export type Backends = ReadonlyMap<string, Backend>;

const PROMETHEUS =
  /^\/api\/v1\/(?:query|query_range|query_exemplars|series|labels|label\/\w+\/values)$/;
const JAEGER = /^\/api\/(?:traces|v3\/traces\/[0-9a-f]{1,32})$/;
const VICTORIA_LOGS = /^\/select\/logsql\/query$/;

/** Time-out of a backend's response. */
const TIMEOUT_MS = 30_000;

/** @throws {@link ViewerError} `ERR_VIEWER_BACKEND` for an address that is not an http URL */
export function backendsOf({ prometheusUrl, jaegerUrl, victoriaLogsUrl }: BackendUrls): Backends {
  return new Map([
    ["prometheus", { url: httpUrl("Prometheus", prometheusUrl), paths: PROMETHEUS }],
    ["jaeger", { url: httpUrl("Jaeger", jaegerUrl), paths: JAEGER }],
    ["victorialogs", { url: httpUrl("VictoriaLogs", victoriaLogsUrl), paths: VICTORIA_LOGS }],
  ]);
}

function httpUrl(name: string, text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new ViewerError(
    ViewerErrorCode.Backend,
    `the address of ${name} is not an http URL: ${text}`,
  );
}

/**
 * Returns the backend's URL for a path such as `/prometheus/api/v1/query?…`; `undefined` when it may not be
 * read.
 */
export function backendUrl(
  backends: Backends,
  { pathname, search }: Pick<URL, "pathname" | "search">,
): URL | undefined {
  const [, name = "", path = ""] = /^\/(\w+)(\/.*)$/.exec(pathname) ?? [];
  const backend = backends.get(name);
  if (backend?.paths.test(path) !== true) return undefined;
  const url = new URL(backend.url);
  url.pathname = `${url.pathname.replace(/\/$/, "")}${path}`;
  url.search = search;
  return url;
}

/**
 * Forwards a backend's response unchanged, including errors. Responds with 502 when the backend does not
 * answer.
 */
export async function passOn(url: URL, response: ServerResponse): Promise<void> {
  const answer = await ask(url);
  const type = answer.headers.get("content-type");
  response.statusCode = answer.status;
  if (type !== null) response.setHeader("content-type", type);
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function ask(url: URL): Promise<Response> {
  try {
    // Redirects are not followed: they could lead to an address that may not be read.
    return await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error && cause.message !== "" ? cause.message : message;
    return new Response(`${url.origin} does not answer: ${reason}`, {
      status: 502,
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  }
}
