import type { StandardSchema } from "./standard-schema.ts";

/** The dialect of OpenAPI 3.1. */
const TARGET = "draft-2020-12";

/** The part of the Standard JSON Schema interface that is used; a library need not have it. */
interface JsonSchemaSource {
  readonly jsonSchema?: { readonly input?: (options: { readonly target: string }) => unknown };
}

/**
 * Returns the JSON Schema of what a schema accepts; the empty one, which accepts everything, if its library cannot
 * state it.
 *
 * @see {@link https://standardschema.dev/json-schema | Standard JSON Schema}
 */
export function jsonSchemaOf(schema: StandardSchema): Readonly<Record<string, unknown>> {
  const { jsonSchema } = schema["~standard"] as JsonSchemaSource;
  try {
    const stated = jsonSchema?.input?.({ target: TARGET });
    if (typeof stated !== "object" || stated === null) return {};
    const { $schema, ...rest } = JSON.parse(JSON.stringify(stated)); // the document names its dialect
    return rest;
  } catch {
    return {}; // it throws for what JSON Schema cannot say, such as a bigint, or states one as a default
  }
}
