import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { type CallToolResult, createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { isInstance } from "../../base/foreign-value.ts";
import { Refusal } from "../../http/refusal.ts";
import { VERSION } from "../../telemetry/version.ts";
import { problemOf } from "../problem.ts";
import type { Actions } from "./actions.ts";
import { readQuery } from "./query.ts";
import type { Reads } from "./reads.ts";
import { READ_ROUTES, type ReadRoute } from "./routes.ts";

/*
 * The console as an MCP server. The module is loaded with the first MCP request, because nothing else needs
 * the protocol's library and the schemas.
 */

/** What the tools give access to. */
export interface McpParts {
  readonly reads: Reads;
  readonly actions: Actions;
}

/** Answers requests of the Model Context Protocol. Requests are independent: there are no sessions. */
export type McpEndpoint = (
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
) => Promise<void>;

const INSTRUCTIONS =
  "Shows the actor systems of one running process. Begin with `summary`; `warnings` and `waits` say what is wrong, " +
  "`actors` with `condition: problem` lists the actors that need attention; `actor`, `trace` and `logs` say why. Moments end in AtMs and are milliseconds since the epoch; durations end in Ms.";
/** Default limit of rows for tools. It is low, because long answers cost assistants time and tokens. */
const TOOL_LIMIT = 50;
const ANSWERED_BY_LIBRARY = new Set(["content-length", "transfer-encoding", "connection"]);

export function createMcpEndpoint(parts: McpParts): McpEndpoint {
  // Nothing outlives the response: no subscription, and no timer that keeps the process running.
  const options = { maxSubscriptions: 0, keepAliveMs: 0 };
  const handler = createMcpHandler(() => createServer(parts), options);
  return async (request, response, body) => {
    const answer = await handler.fetch(toWebRequest(request), { parsedBody: body });
    await sendWebResponse(answer, response);
  };
}

function createServer({ reads, actions }: McpParts): McpServer {
  const server = new McpServer(
    { name: "limelight-console", title: "limelight console", version: VERSION },
    { instructions: INSTRUCTIONS },
  );
  for (const route of READ_ROUTES) {
    server.registerTool(
      route.name,
      {
        description: route.summary,
        inputSchema: inputOf(route),
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      (input) => answer(() => readByTool(route, reads, input)),
    );
  }
  if (actions.allowed) offerActions(server, actions);
  return server;
}

function offerActions(server: McpServer, actions: Actions): void {
  const id = z.string().describe("id of the actor");
  const annotations = { readOnlyHint: false, destructiveHint: true, openWorldHint: false };
  for (const [action, description] of [
    ["stop", "Asks an actor to handle what is queued and end."],
    ["restart", "Gives an actor another life with fresh state; address and mailbox stay."],
    ["kill", "Ends an actor at once; what is queued becomes dead letters."],
  ] as const) {
    const config = { description, inputSchema: z.strictObject({ id }), annotations };
    server.registerTool(action, config, (input) =>
      answer(() => actions.take({ action, ...input })),
    );
  }
  const inputSchema = z.strictObject({
    id,
    messageType: z.string().describe("name of the message"),
    args: z.array(z.unknown()).max(16).describe("its arguments"),
  });
  const description = "Sends a message to an actor, without waiting for a reply.";
  server.registerTool("send", { description, inputSchema, annotations }, (input) =>
    answer(() => actions.take({ action: "send", ...input })),
  );
}

/** Returns the schema of a tool's input: the route's query parameters and the id in its path. */
function inputOf({ query, id }: ReadRoute): z.ZodType<Record<string, unknown>> {
  const parameters = Object.entries(query).map(([name, { description, schema }]) => {
    const { default: _default, ...rest } = schema;
    const shape = z.fromJSONSchema(rest).optional();
    const limit = name === "limit" ? `; ${TOOL_LIMIT} unless told otherwise` : "";
    return [name, shape.describe(`${description}${limit}`)];
  });
  const placeholder = id === undefined ? {} : { id: z.string().describe(withoutEncoding(id)) };
  return z.strictObject({ ...placeholder, ...Object.fromEntries(parameters) });
}

/** Removes notes on percent-encoding from a description: they only apply to URLs. */
function withoutEncoding(description: string): string {
  return description.replace(/;.*/, "");
}

/** Reads a route for a tool, with the same limits, defaults and refusals as over HTTP. */
function readByTool(route: ReadRoute, reads: Reads, input: Record<string, unknown>): unknown {
  const { id = "", ...parameters } = input;
  const search = new URLSearchParams("limit" in route.query ? { limit: `${TOOL_LIMIT}` } : {});
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return route.read(reads, readQuery(route.query, search), String(id));
}

/**
 * Returns the result of a tool call. A refusal is returned as a result too, so that an assistant can correct
 * itself.
 */
async function answer(work: () => unknown): Promise<CallToolResult> {
  try {
    const text = JSON.stringify(await work());
    return { content: [{ type: "text", text }] };
  } catch (error) {
    if (!isInstance(error, Refusal)) throw error;
    return { isError: true, content: [{ type: "text", text: JSON.stringify(problemOf(error)) }] };
  }
}

function toWebRequest({ headers, method, url }: IncomingMessage): Request {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return new Request(new URL(url ?? "/", "http://console.invalid"), {
    method: method ?? "POST",
    headers: entries,
  });
}

async function sendWebResponse(answered: Response, response: ServerResponse): Promise<void> {
  response.statusCode = answered.status;
  for (const [name, value] of answered.headers) {
    if (!ANSWERED_BY_LIBRARY.has(name)) response.setHeader(name, value);
  }
  response.setHeader("Cache-Control", "no-store");
  if (answered.body === null) {
    response.end();
    return;
  }
  await pipeline(Readable.fromWeb(answered.body as ReadableStream), response);
}
