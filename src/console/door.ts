import type { IncomingMessage, ServerResponse } from "node:http";
import type { Actions } from "./api/actions.ts";
import type { McpEndpoint } from "./api/mcp.ts";
import { readQuery } from "./api/query.ts";
import type { Reads } from "./api/reads.ts";
import { EVENTS_QUERY, findReadRoute } from "./api/routes.ts";
import type { EventStream } from "./events/event-stream.ts";
import type { Guard } from "./guard.ts";
import { readJson, requireMethod, send, sendJson } from "./http-answer.ts";
import { loadPage, type PageFiles } from "./page-files.ts";
import { ProblemCode, Refusal } from "./problem.ts";

/** What is behind the door. */
export interface DoorParts {
  readonly reads: Reads;
  readonly events: EventStream;
  readonly actions: Actions;
  /** Told of each request that looked at systems. */
  readonly onRead: () => void;
}

const GET = ["GET", "HEAD"];
const DEFAULT_RATE_HZ = 2;
const MAX_ACTION_BYTES = 64 * 1_024;
const MAX_MCP_BYTES = 256 * 1_024;
const MAX_RATE_HZ = 4;

/** Says how to get in, to people who have opened the bare address. */
const STRANGER = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>limelight console</title>
<h1>This is a limelight console</h1>
<p>It opens with the address the application printed when it started, which ends in <code>/?token=…</code>.
It is written to stderr, or returned by <code>createConsole</code> as <code>url</code>.</p>
`;

/** Leads each request to what answers it. */
export class Door {
  readonly #parts: DoorParts;
  #mcp: Promise<McpEndpoint> | undefined;
  #page: Promise<PageFiles | undefined> | undefined;

  constructor(parts: DoorParts) {
    this.#parts = parts;
  }

  /** @throws {@link Refusal} when the request cannot be answered */
  async answer(request: IncomingMessage, response: ServerResponse, guard: Guard): Promise<void> {
    const { pathname: path, searchParams: search } = parseTarget(request.url ?? "/");
    if (path === "/") return await this.#enter(request, response, guard, search);
    guard.requireKnown(request);
    if (path.startsWith("/assets/")) {
      requireMethod(request, GET);
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
      return await this.#answerAssistant(request, response, guard);
    }
    if (path === "/api/openapi.json") {
      requireMethod(request, GET);
      const { describeApi } = await import("./api/openapi.ts");
      return sendJson(response, describeApi());
    }
    const found = findReadRoute(path);
    if (found === undefined) throw new Refusal(ProblemCode.NotFound, "there is no such path");
    requireMethod(request, GET);
    const { route, id } = found;
    this.#parts.onRead();
    sendJson(response, route.read(this.#parts.reads, readQuery(route.query, search), id));
  }

  /** The page; with the token in its address, the cookie first and the address without it. */
  async #enter(
    request: IncomingMessage,
    response: ServerResponse,
    guard: Guard,
    search: URLSearchParams,
  ): Promise<void> {
    requireMethod(request, GET);
    const token = search.get("token");
    if (token !== null && guard.hasToken(token)) {
      response.setHeader("Set-Cookie", guard.setCookie);
      response.setHeader("Location", "/");
      response.statusCode = 303;
      response.end();
    } else if (
      token === null &&
      (guard.hasCookie(request.headers) || guard.hasBearer(request.headers))
    ) {
      await this.#sendFile(response, "/");
    } else {
      send(response, 401, "text/html; charset=utf-8", STRANGER);
    }
  }

  async #sendFile(response: ServerResponse, path: string): Promise<void> {
    this.#page ??= loadPage();
    const page = await this.#page;
    if (page === undefined) {
      throw new Refusal(
        ProblemCode.NoPage,
        "the page is not built: `npm run build` builds it; all below /api is there",
      );
    }
    const file = page.get(path);
    if (file === undefined) throw new Refusal(ProblemCode.NotFound, "there is no such file");
    send(response, 200, file.contentType, file.body);
  }

  /** The header is one that no form, and no page of another site without leave, can send. */
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
    sendJson(response, await actions.take(asked), 202);
  }

  /** Programs have the token; a cookie would let pages of this address in as well. */
  async #answerAssistant(
    request: IncomingMessage,
    response: ServerResponse,
    guard: Guard,
  ): Promise<void> {
    guard.requireBearer(request);
    const body = await readJson(request, MAX_MCP_BYTES);
    this.#mcp ??= import("./api/mcp.ts").then(({ createMcpEndpoint }) =>
      createMcpEndpoint(this.#parts),
    );
    const endpoint = await this.#mcp;
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
      // The address stays the same when a browser connects again; its header says what it has.
      last: Number.isNaN(header) ? last : header,
    });
  }
}

/**
 * The target of a request.
 *
 * @throws {@link Refusal} 400 for one that is no path
 */
function parseTarget(target: string): URL {
  const base = "http://console.invalid";
  if (target.startsWith("/") && !target.startsWith("//") && URL.canParse(target, base)) {
    return new URL(target, base);
  }
  throw new Refusal(ProblemCode.BadRequest, "the target of the request is no path");
}
