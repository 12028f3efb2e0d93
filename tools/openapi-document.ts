import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeApi } from "./api/describe-api.ts";

// Writes src/console/api/openapi-document.ts: the description of the console's API. A test fails while it differs.

const TARGET = join(import.meta.dirname, "../src/console/api/openapi-document.ts");

/** The text of `src/console/api/openapi-document.ts`. */
export function openapiDocumentText(): string {
  const { paths, components, ...rest } = describeApi();
  const { schemas, ...otherComponents } = components as Readonly<Record<string, object>>;
  return `/** A document, as far as its server reads it. */
interface OpenapiDocument extends Readonly<Record<string, unknown>> {
  readonly info: object;
}

/** The OpenAPI document of the console's API, without its version. Written by \`npm run openapi-document\`. */
// biome-ignore format: one path or schema a line
export const OPENAPI_DOCUMENT: OpenapiDocument = {
${members(rest, 1)}  "paths": {
${members(paths as object, 2)}  },
  "components": {
${members(otherComponents, 2)}    "schemas": {
${members(schemas ?? {}, 3)}    },
  },
};
`;
}

function members(object: object, depth: number): string {
  const indent = "  ".repeat(depth);
  const lines = Object.entries(object).map(
    ([name, value]) => `${indent}${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  );
  return lines.join("");
}

if (import.meta.main) writeFileSync(TARGET, openapiDocumentText());
