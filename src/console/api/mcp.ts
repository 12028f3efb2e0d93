import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type * as Library from "@modelcontextprotocol/server";
import { isInstance } from "../../base/foreign-value.ts";
import { isPackageMissing } from "../../base/node/missing-package.ts";
import { Refusal } from "../../http/refusal.ts";
import { VERSION } from "../../telemetry/version.ts";
import { problemOf } from "../problem.ts";
import { ACTION_TOOLS, type Schema } from "./action-tools.ts";
import type { Actions } from "./actions.ts";
import { readQuery } from "./query.ts";
import type { ReadRoute } from "./read-route.ts";
import type { Reads } from "./reads.ts";
import { READ_ROUTES } from "./routes.ts";

/*
 * The console as an MCP server. The protocol's library is an optional peer dependency. It is loaded with the
 * first MCP request, because nothing else needs it.
 */

/** The package that has to be installed, in the version limelight is tested with. */
export const MCP_PACKAGE = "@modelcontextprotocol/server@2.4.0";

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
  "`actors` with `condition: problem` lists the actors that need attention; `actor`, `trace` and `logs` say why. `interactions` says which types talk to which; `key_types`, `list_keys` and `read_key` show keyed actors, also those that sleep, without waking them, and `connections` the clients of one. `cluster` answers for all processes of a cluster, also those that cannot be reached; `list_placements` and `placement` say where actors are and why they have moved. Moments end in AtMs and are milliseconds since the epoch; durations end in Ms.";
/** Default limit of rows for tools. It is low, because long answers cost assistants time and tokens. */
const TOOL_LIMIT = 50;
const ANSWERED_BY_LIBRARY = new Set(["content-length", "transfer-encoding", "connection"]);

/** Creates the endpoint. Resolves to `undefined` if the protocol's library is not installed. */
export async function loadMcpEndpoint(parts: McpParts): Promise<McpEndpoint | undefined> {
  try {
    // In a `try`, so that bundlers do not require the package either.
    return createMcpEndpoint(await import("@modelcontextprotocol/server"), parts);
  } catch (error) {
    if (isPackageMissing(error, "@modelcontextprotocol/server")) return undefined;
    throw error;
  }
}

function createMcpEndpoint(library: typeof Library, parts: McpParts): McpEndpoint {
  // Nothing outlives the response: no subscription, and no timer that keeps the process running.
  const options = { maxSubscriptions: 0, keepAliveMs: 0 };
  const handler = library.createMcpHandler(() => createServer(library, parts), options);
  return async (request, response, body) => {
    const answer = await handler.fetch(toWebRequest(request), { parsedBody: body });
    await sendWebResponse(answer, response);
  };
}

function createServer(library: typeof Library, { reads, actions }: McpParts): Library.McpServer {
  const server = new library.McpServer(
    { name: "limelight-console", title: "limelight console", version: VERSION },
    { instructions: INSTRUCTIONS },
  );
  const { fromJsonSchema } = library;
  for (const route of READ_ROUTES) {
    server.registerTool(
      route.name,
      {
        description: route.summary,
        inputSchema: fromJsonSchema<Input>(inputOf(route)),
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      (input) => answer(() => readByTool(route, reads, input)),
    );
  }
  if (!actions.allowed) return server;
  const annotations = { readOnlyHint: false, destructiveHint: true, openWorldHint: false };
  for (const { action, description, properties, optional } of ACTION_TOOLS) {
    const required = Object.keys(properties);
    const inputSchema = fromJsonSchema<Input>(
      strictObject({ ...properties, ...optional }, required),
    );
    server.registerTool(action, { description, inputSchema, annotations }, (input) =>
      answer(() => actions.take({ action, ...input })),
    );
  }
  return server;
}

type Input = Record<string, unknown>;

/** Returns the schema of a tool's input: the route's query parameters and the id in its path. */
function inputOf({ query, id }: ReadRoute): Schema {
  const parameters = Object.entries(query).map(([name, { description, schema }]) => {
    const { default: _default, ...rest } = schema;
    const limit = name === "limit" ? `; ${TOOL_LIMIT} unless told otherwise` : "";
    return [name, { ...rest, description: `${description}${limit}` }];
  });
  const properties: Schema = Object.fromEntries(parameters);
  const required = Object.keys(query).filter((name) => query[name]?.required === true);
  if (id === undefined) return strictObject(properties, required);
  const placeholder = { type: "string", description: withoutEncoding(id) };
  return strictObject({ id: placeholder, ...properties }, ["id", ...required]);
}

function strictObject(properties: Schema, required: readonly string[]): Schema {
  return { type: "object", properties, required, additionalProperties: false };
}

/** Removes notes on percent-encoding from a description: they only apply to URLs. */
function withoutEncoding(description: string): string {
  return description.replace(/;.*/, "");
}

/** Reads a route for a tool, with the same limits, defaults and refusals as over HTTP. */
function readByTool(route: ReadRoute, reads: Reads, input: Input): unknown {
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
async function answer(work: () => unknown): Promise<Library.CallToolResult> {
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
