import { z } from "zod";
import type { QueryShape } from "../../src/console/api/query.ts";
import type { ReadRoute } from "../../src/console/api/read-route.ts";
import { EVENTS_QUERY, READ_ROUTES } from "../../src/console/api/routes.ts";
import { ProblemCode, statusOf } from "../../src/console/problem.ts";
import { SHAPES } from "./console-shapes.ts";

/*
 * The OpenAPI description, derived from the table that serves the API and from the shapes. It is committed as
 * `src/console/api/openapi-document.ts`, so that the schema library is not needed at run time.
 */

type Json = Readonly<Record<string, unknown>>;

const JSON_TYPE = "application/json";

/** Returns the OpenAPI document, except for its version, which is added when it is served. */
export function describeApi(): Json {
  const paths = READ_ROUTES.map((route) => [route.path, { get: readOperation(route) }]);
  return {
    openapi: "3.1.0",
    info: {
      title: "limelight console",
      description: "What goes on in the actor systems of one process.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    // Relative to this document, because a proxy may serve the console under a path prefix.
    servers: [{ url: ".." }],
    security: [{ token: [] }, { cookie: [] }],
    paths: {
      ...Object.fromEntries(paths),
      "/api/events": { get: eventsOperation() },
      "/api/actions": { post: actionOperation() },
      "/api/openapi.json": { get: documentOperation() },
      "/mcp": { post: mcpOperation() },
    },
    components: {
      schemas: schemas(),
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        cookie: { type: "apiKey", in: "cookie", name: "limelight_console_{port}" },
      },
    },
  };
}

function readOperation({ name, summary, query, id, stored, answer }: ReadRoute): Json {
  const { NotFound, Store } = ProblemCode;
  const own = [...(id === undefined ? [] : [NotFound]), ...(stored === true ? [Store] : [])];
  const placeholder =
    id === undefined
      ? []
      : [{ name: "id", in: "path", required: true, description: id, schema: { type: "string" } }];
  return {
    operationId: name,
    summary,
    parameters: [...placeholder, ...parameters(query)],
    responses: {
      "200": { description: summary, content: json(answer) },
      ...problems(own),
    },
  };
}

function eventsOperation(): Json {
  const lastEventId = {
    name: "Last-Event-ID",
    in: "header",
    description: "the last frame the viewer had",
    schema: { type: "integer" },
  };
  return {
    operationId: "events",
    summary: "What changes, as server-sent events: each `frame` holds a Frame.",
    parameters: [...parameters(EVENTS_QUERY), lastEventId],
    responses: {
      "200": {
        description: "Events; their `data` is a Frame as JSON.",
        content: { "text/event-stream": { schema: { type: "string" } } },
      },
      ...problems([ProblemCode.TooManyViewers]),
    },
  };
}

function actionOperation(): Json {
  const { ActionFailed, BodyTooLarge, MediaType, NotFound } = ProblemCode;
  return {
    operationId: "act",
    summary:
      "Stops, restarts or kills an actor, sends it a message, or acts on a key or a dead letter; off unless allowed.",
    parameters: [
      {
        name: "X-Limelight-Action",
        in: "header",
        required: true,
        schema: { type: "string", const: "1" },
      },
    ],
    requestBody: { required: true, content: json("Action", "KeyAction", "DeadLetterAction") },
    responses: {
      "202": {
        description: "It has been asked for.",
        content: json("ActionResult", "KeyActionResult", "DeadLetterActionResult"),
      },
      ...problems([NotFound, ActionFailed, BodyTooLarge, MediaType]),
    },
  };
}

function documentOperation(): Json {
  return {
    operationId: "openapi",
    summary: "This document.",
    responses: {
      "200": {
        description: "This document.",
        content: { [JSON_TYPE]: { schema: { type: "object" } } },
      },
      ...problems([]),
    },
  };
}

function mcpOperation(): Json {
  const body = { [JSON_TYPE]: { schema: { type: "object" } } };
  return {
    operationId: "mcp",
    summary: "The same as tools of the Model Context Protocol: Streamable HTTP without sessions.",
    // Relative to this document, because a proxy may serve the console under a path prefix.
    servers: [{ url: ".." }],
    security: [{ token: [] }],
    requestBody: { required: true, content: body },
    responses: {
      "200": { description: "A JSON-RPC answer, or a stream of them.", content: body },
      "202": { description: "A notification was taken." },
      ...problems([ProblemCode.BodyTooLarge, ProblemCode.MediaType, ProblemCode.NoMcp]),
    },
  };
}

function parameters(query: QueryShape): readonly Json[] {
  return Object.entries(query).map(([name, { description, schema, required }]) => ({
    name,
    in: "query",
    ...(required === true ? { required } : {}),
    description,
    schema,
  }));
}

/** Returns the error responses of an operation by status: the common ones and its own. */
function problems(own: readonly ProblemCode[]): Json {
  const { BadRequest, CrossSite, ForeignHost, Method, Token } = ProblemCode;
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [BadRequest, Token, ForeignHost, CrossSite, Method, ...own]) {
    byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  }
  const answers = [...byStatus].map(([status, codes]) => [
    String(status),
    { description: codes.join(", "), content: json("Problem") },
  ]);
  return Object.fromEntries(answers);
}

/** Returns a body of one of the given shapes. */
function json(shape: string, ...others: readonly string[]): Json {
  const references = [shape, ...others].map((name) => ({ $ref: reference(name) }));
  const schema = others.length === 0 ? references[0] : { anyOf: references };
  return { [JSON_TYPE]: { schema } };
}

function reference(shape: string): string {
  return `#/components/schemas/${shape}`;
}

function schemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, shape] of Object.entries(SHAPES)) registry.add(shape, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: reference });
  const entries = Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [
    name,
    schema,
  ]);
  return Object.fromEntries(entries);
}
