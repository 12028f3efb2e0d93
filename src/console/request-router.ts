import type { IncomingMessage, ServerResponse } from "node:http";
import { jsonContent, send } from "../http/answers.ts";
import { isForeignNavigation, siteOf } from "../http/host-guard.ts";
import { Refusal } from "../http/refusal.ts";
import { parseTarget, READ_METHODS, readJson, requireMethod } from "../http/requests.ts";
import { VERSION } from "../telemetry/version.ts";
import type { Access } from "./access.ts";
import type { Actions } from "./api/actions.ts";
import { loadMcpEndpoint, MCP_PACKAGE, type McpEndpoint } from "./api/mcp.ts";
import { readQuery } from "./api/query.ts";
import type { Reads } from "./api/reads.ts";
import { EVENTS_QUERY, findReadRoute } from "./api/routes.ts";
import type { EventStream } from "./events/event-stream.ts";
import { loadPage, NO_PAGE, type PageFiles } from "./page-files.ts";
import { loginPage } from "./pages.ts";
import { ProblemCode } from "./problem.ts";

/** Handlers that requests are routed to. */
export interface RequestRouterParts {
  readonly access: Access;
  readonly reads: Reads;
  readonly events: EventStream;
  readonly actions: Actions;
  /** Called for each request that reads systems. */
  readonly onRead: () => void;
}

const DEFAULT_RATE_HZ = 2;
const MAX_ACTION_BYTES = 64 * 1_024;
const MAX_MCP_BYTES = 256 * 1_024;
const MAX_RATE_HZ = 4;

/** Routes each request to its handler. */
export class RequestRouter {
  readonly #parts: RequestRouterParts;
  #mcp: Promise<McpEndpoint | undefined> | undefined;
  #page: Promise<PageFiles | undefined> | undefined;

  constructor(parts: RequestRouterParts) {
    this.#parts = parts;
  }

  /** @throws {@link Refusal} when the request cannot be answered */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: search } = parseTarget(request);
    if (path === "/") return await this.#enter(request, response, search);
    this.#parts.access.requireKnown(request);
    if (path.startsWith("/assets/")) {
      requireMethod(request, READ_METHODS);
      return await this.#sendFile(response, path);
    }
    if (path === "/api/events") {
      requireMethod(request, ["GET"]);
      return this.#showEvents(request, response, search);
    }
    if (path === "/api/actions") {
      requireMethod(request, ["POST"]);
      return await this.#act(request, response);
    }
    if (path === "/mcp") {
      requireMethod(request, ["POST"]);
      return await this.#answerAssistant(request, response);
    }
    if (path === "/api/openapi.json") {
      requireMethod(request, READ_METHODS);
      const { OPENAPI_DOCUMENT: document } = await import("./api/openapi-document.ts");
      const info = { ...document.info, version: VERSION };
      return send(response, 200, jsonContent({ ...document, info }));
    }
    const found = findReadRoute(path);
    if (found === undefined) throw new Refusal(ProblemCode.NotFound, "there is no such path");
    requireMethod(request, READ_METHODS);
    const { route, id } = found;
    this.#parts.onRead();
    const answer = await route.read(this.#parts.reads, readQuery(route.query, search), id);
    send(response, 200, jsonContent(answer));
  }

  /**
   * Serves the page. If the address contains the token, sets the cookie and redirects to the address without
   * it.
   */
  async #enter(
    request: IncomingMessage,
    response: ServerResponse,
    search: URLSearchParams,
  ): Promise<void> {
    requireMethod(request, READ_METHODS);
    const { access } = this.#parts;
    const token = search.get("token");
    if (token !== null && access.hasToken(token)) {
      response.setHeader("Set-Cookie", access.setCookieFor(request));
      // Relative, because a proxy may serve the console under a path prefix.
      response.setHeader("Location", "./");
      response.statusCode = 303;
      response.end();
    } else if (token === null && access.isKnown(request)) {
      await this.#sendFile(response, "/");
    } else {
      send(response, 401, loginPage(token === null && isForeignNavigation(siteOf(request))));
    }
  }

  async #sendFile(response: ServerResponse, path: string): Promise<void> {
    this.#page ??= loadPage();
    const page = await this.#page;
    if (page === undefined) {
      throw new Refusal(ProblemCode.NoPage, NO_PAGE);
    }
    const file = page.get(path);
    if (file === undefined) throw new Refusal(ProblemCode.NotFound, "there is no such file");
    send(response, 200, file);
  }

  /** Requires a header that neither a form nor a page of another origin can send without CORS permission. */
  async #act(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { actions } = this.#parts;
    actions.requireAllowed();
    if (request.headers["x-limelight-action"] !== "1") {
      throw new Refusal(
        ProblemCode.BadRequest,
        "an action needs the header `X-Limelight-Action: 1`",
      );
    }
    const asked = await readJson(request, MAX_ACTION_BYTES);
    send(response, 202, jsonContent(await actions.take(asked)));
  }

  /** Requires the token itself. With the cookie alone, pages on the same host could use this endpoint too. */
  async #answerAssistant(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#parts.access.requireBearer(request);
    const body = await readJson(request, MAX_MCP_BYTES);
    this.#mcp ??= loadMcpEndpoint(this.#parts);
    const endpoint = await this.#mcp;
    if (endpoint === undefined) {
      throw new Refusal(
        ProblemCode.NoMcp,
        `the endpoint for assistants needs a package that is not installed: npm install ${MCP_PACKAGE}`,
      );
    }
    this.#parts.onRead();
    return endpoint(request, response, body);
  }

  #showEvents(request: IncomingMessage, response: ServerResponse, search: URLSearchParams): void {
    const { rate = DEFAULT_RATE_HZ, last } = readQuery(EVENTS_QUERY, search);
    if (rate > MAX_RATE_HZ) {
      throw new Refusal(ProblemCode.BadRequest, `rate is at most ${MAX_RATE_HZ} frames a second`);
    }
    const header = Number(request.headers["last-event-id"] ?? Number.NaN);
    this.#parts.onRead();
    this.#parts.events.join(response, {
      rateHz: rate,
      // EventSource reconnects to the same URL; `Last-Event-ID` says which frame it received last.
      last: Number.isNaN(header) ? last : header,
    });
  }
}
