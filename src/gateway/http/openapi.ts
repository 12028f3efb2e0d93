import { VERSION } from "../../telemetry/version.ts";
import type { ArgumentSchemas, ExposedType, ValueSchema } from "../expose/expose.ts";
import { jsonSchemaOf } from "../expose/json-schema.ts";
import { unchecked } from "../expose/unchecked.ts";
import { type Operation, OperationKind, type Operations } from "./operations.ts";

type Json = Readonly<Record<string, unknown>>;

const KEY: Json = {
  name: "key",
  in: "path",
  required: true,
  description: "Parts of the key, each percent-encoded, joined by commas.",
  schema: { type: "string", minLength: 1 },
};
const PATH: Json = {
  name: "path",
  in: "path",
  required: true,
  description: "What the actor sees as the path of the request; it may have further segments.",
  schema: { type: "string" },
};
const TIMEOUT: Json = {
  name: "timeoutMs",
  in: "query",
  description: "How long to wait for the reply.",
  schema: { type: "integer", minimum: 1 },
};
const WAIT: Json = {
  name: "waitMs",
  in: "query",
  description:
    "How long to wait for the reply; without it the answer is that the message is stored.",
  schema: { type: "integer", minimum: 1 },
};
const ID: Json = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };
const ERROR: Json = {
  description: "The error, with what the call has done.",
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
};
const ERROR_SCHEMA: Json = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "outcome", "requestId"],
      properties: {
        code: { type: "string" },
        message: { type: "string" },
        outcome: { enum: ["not_handled", "failed", "unknown"] },
        requestId: { type: "string" },
        trace: { type: "string" },
        retryAfterMs: { type: "number" },
        data: {},
        issues: { type: "array", items: { type: "object" } },
      },
    },
  },
};

/** Facts of a gateway for its document. */
export interface DocumentFacts {
  readonly operations: Operations;
  readonly basePath: string;
  /** Whether callers need a token. */
  readonly needsToken: boolean;
}

/** The schemas of a document. */
class Schemas {
  readonly byName: Record<string, Json> = { Error: ERROR_SCHEMA };

  /**
   * Returns what stands for a schema at its place in the document. One with references to parts of itself is put below
   * `components`, where they are made to lead.
   */
  place(name: string, schema: ValueSchema | undefined): Json {
    if (schema === undefined || schema === unchecked) return {};
    const stated = jsonSchemaOf(schema);
    // `$` is the only character of names that those of components do not have.
    const key = name.replaceAll("$", "_");
    const here = `#/components/schemas/${key}`;
    let refersToItself = false;
    const moved = JSON.parse(JSON.stringify(stated), (member, value: unknown) => {
      if (member !== "$ref" || typeof value !== "string" || !value.startsWith("#")) return value;
      refersToItself = true;
      return here + value.slice(1);
    }) as Json;
    if (!refersToItself) return stated;
    this.byName[key] = moved;
    return { $ref: here };
  }
}

/** Returns the OpenAPI document of what can be reached. */
export function openApiDocument({ operations, basePath, needsToken }: DocumentFacts): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const schemas = new Schemas();
  for (const operation of operations.all()) {
    paths[operation.path] = { post: describe(operation, schemas) };
  }
  for (const exposed of operations.raws()) {
    paths[operations.rawPath(exposed)] = describeRaw(exposed);
  }
  const probe = {
    get: { responses: { 200: { description: "It is." }, 503: { description: "It is not." } } },
  };
  paths["/livez"] = { get: { operationId: "livez", ...probe.get } };
  paths["/readyz"] = { get: { operationId: "readyz", ...probe.get } };
  paths["/metadata"] = {
    get: { operationId: "metadata", responses: { 200: { description: "Versions and limits." } } },
  };
  paths["/openapi.json"] = {
    get: { operationId: "openapi", responses: { 200: { description: "This document." } } },
  };
  return {
    openapi: "3.1.0",
    info: { title: "limelight gateway", version: VERSION },
    servers: [{ url: basePath === "" ? "/" : basePath }],
    ...(needsToken ? { security: [{ bearer: [] }] } : {}),
    paths,
    components: {
      schemas: schemas.byName,
      ...(needsToken ? { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } } : {}),
    },
  };
}

function describe(operation: Operation, schemas: Schemas): Json {
  const { kind, exposed, name } = operation;
  return {
    operationId: `${exposed.type}.${kind}.${name}`,
    tags: [exposed.type],
    parameters: [
      KEY,
      ...(kind === OperationKind.Ask ? [TIMEOUT] : kind === OperationKind.Queue ? [WAIT] : []),
    ],
    requestBody: {
      required: true,
      content: { "application/json": { schema: bodySchema(operation, schemas) } },
    },
    responses: { ...responsesOf(kind), default: ERROR },
  };
}

/** What `onRequest` takes and answers is not known here. */
function describeRaw({ type, requests }: ExposedType): Record<string, Json> {
  const methods = [...requests].map((name): [string, Json] => {
    const method = name.toLowerCase();
    const operation = {
      operationId: `${type}.request.${method}`,
      tags: [type],
      parameters: [KEY, PATH],
      responses: { default: { description: "What the actor answers, or an error." } },
    };
    return [method, operation];
  });
  return Object.fromEntries(methods);
}

function bodySchema({ kind, exposed, name }: Operation, schemas: Schemas): Json {
  const place = `${exposed.type}.${kind}.${name}`;
  if (kind === OperationKind.Queue) return schemas.place(place, exposed.queues.get(name));
  const args = argumentsSchema(exposed.calls.get(name), place, schemas);
  if (exposed.input === undefined) return args;
  const withInput = {
    type: "object",
    properties: { args, input: schemas.place(`${exposed.type}.input`, exposed.input) },
    required: ["args"],
  };
  return { anyOf: [args, withInput] };
}

function argumentsSchema(
  given: ArgumentSchemas | undefined,
  place: string,
  schemas: Schemas,
): Json {
  if (given === undefined || given === unchecked) return { type: "array" };
  const prefixItems = given.map((schema, at) => schemas.place(`${place}.${at}`, schema));
  return { type: "array", prefixItems, maxItems: given.length };
}

function responsesOf(kind: OperationKind): Json {
  const json = (schema: Json): Json => ({ "application/json": { schema } });
  switch (kind) {
    case OperationKind.Ask:
      return {
        200: { description: "The reply.", content: json({}) },
        204: { description: "The reply is undefined." },
      };
    case OperationKind.Tell:
      return { 202: { description: "The message is in the mailbox." } };
    case OperationKind.Queue:
      return {
        200: { description: "The reply.", content: json({}) },
        202: { description: "The message is stored.", content: json(ID) },
        204: { description: "The reply is undefined." },
      };
  }
}
