import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIPv6 } from "node:net";
import { type Backends, type BackendUrls, backendsOf, backendUrl, passOn } from "./backends.ts";
import { readDashboards } from "./dashboard-files.ts";
import { type Asset, buildPage } from "./page-assets.ts";
import { ViewerError, ViewerErrorCode } from "./viewer-error.ts";

/** Options of the viewer. */
export interface ViewerOptions extends BackendUrls {
  /** 0 for any free port. */
  readonly port: number;
  /** A loopback address; 127.0.0.1 by default. */
  readonly host?: string;
  /** Directory of the dashboards' JSON files. */
  readonly folder: string;
  /** Interval between Prometheus' points; {@link EVERY_S} by default. */
  readonly everyS?: number;
}

/** Default of the data source's `timeInterval`, in seconds. */
export const EVERY_S = 15;

/** A running viewer. */
export interface Viewer extends AsyncDisposable {
  /** For example `http://127.0.0.1:3000`. */
  readonly url: string;
}

/** Restricts scripts, styles and data to this origin, and forbids framing by other pages. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Contents that requests are answered from. */
interface Contents {
  readonly page: ReadonlyMap<string, Asset>;
  readonly backends: Backends;
  readonly folder: string;
  readonly everyS: number;
  /**
   * Allowed values of the `Host` header. Other names for this address may belong to another site (DNS
   * rebinding).
   */
  readonly hosts: ReadonlySet<string>;
}

/**
 * Serves the dashboards in `folder` with data from the backends until it is disposed.
 *
 * @throws {@link ViewerError} for invalid options, before the server starts to listen
 */
export async function serveDashboards(options: ViewerOptions): Promise<Viewer> {
  const { port, host = "127.0.0.1", folder, everyS = EVERY_S } = options;
  if (!/^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host)) {
    throw new ViewerError(ViewerErrorCode.Host, `${host} is no address of loopback`);
  }
  if (!(everyS > 0)) {
    throw new ViewerError(ViewerErrorCode.Interval, `points cannot come every ${everyS} s`);
  }
  const backends = backendsOf(options);
  readDashboards(folder);
  const page = await buildPage();
  const hosts = new Set<string>();
  const contents = { page, backends, folder, everyS, hosts };
  const server = createServer((request, response) => {
    void answer(contents, request, response).catch((error: unknown) => fail(response, error));
  });
  const bound = await listen(server, port, host);
  const name = isIPv6(host) ? `[${host}]` : host;
  hosts.add(`${name}:${bound}`).add(`localhost:${bound}`).add(`127.0.0.1:${bound}`);
  return { url: `http://${name}:${bound}`, [Symbol.asyncDispose]: () => close(server) };
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const message = `cannot listen at ${host}:${port}`;
    throw new ViewerError(ViewerErrorCode.Listen, message, { cause: error });
  }
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? port) : port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function answer(
  { page, backends, folder, everyS, hosts }: Contents,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeaders(
    new Headers({
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    }),
  );
  const url = URL.parse(request.url ?? "/", "http://viewer");
  if (!hosts.has(request.headers.host ?? "")) return refuse(response, 403, "foreign host");
  if (request.method !== "GET") return refuse(response.setHeader("allow", "GET"), 405, "GET only");
  if (url === null) return refuse(response, 404, "not here");
  if (url.pathname === "/dashboards") {
    return send(
      response,
      "application/json",
      JSON.stringify({ everyS, dashboards: readDashboards(folder) }),
    );
  }
  const asset = page.get(url.pathname.startsWith("/d/") ? "/" : url.pathname);
  if (asset !== undefined) return send(response, asset.type, asset.body);
  const target = backendUrl(backends, url);
  if (target === undefined) return refuse(response, 404, "not here");
  await passOn(target, response);
}

function send(response: ServerResponse, type: string, body: string | Uint8Array): void {
  response.setHeader("content-type", type).end(body);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.statusCode = status;
  send(response, "text/plain; charset=utf-8", reason);
}

/** Sends the error to the page, which shows it. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else refuse(response, 500, error instanceof Error ? error.message : String(error));
}
