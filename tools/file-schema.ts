import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Definitions, JsonSchema } from "../src/viewer/json-schema.ts";
import { CONSOLE_FILE, SHAPES } from "./api/console-shapes.ts";

// Writes src/viewer/file-schema.ts: the schema that files are checked against in the page, which has no
// room for zod. It is committed, since the page is also bundled from its sources; a test fails while it differs.

const TARGET = join(import.meta.dirname, "../src/viewer/file-schema.ts");
const ROOT = "ConsoleFile";

type Json = Readonly<Record<string, unknown>>;

/** The text of `src/viewer/file-schema.ts`. */
export function fileSchemaText(): string {
  const lines = Object.entries(definitions()).map(
    ([name, schema]) => `  ${JSON.stringify(name)}: ${JSON.stringify(schema)},\n`,
  );
  return `import type { Definitions } from "./json-schema.ts";

/** The shapes of the API that a file consists of, by name. Written by \`npm run file-schema\`. */
// biome-ignore format: one shape a line
export const FILE_SHAPES: Definitions = {
${lines.join("")}};
`;
}

/** The shapes that a file consists of. */
function definitions(): Definitions {
  const registry = z.registry<{ id: string }>();
  for (const [id, shape] of Object.entries({ ...SHAPES, [ROOT]: CONSOLE_FILE })) {
    registry.add(shape, { id });
  }
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => id });
  const found = new Map<string, JsonSchema>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    const { $schema, $id, ...schema } = schemas[name] as Json;
    found.set(name, {});
    found.set(name, reduced(schema, add));
  };
  add(ROOT);
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Keywords that say no more than the page checks anyway: further fields are allowed, keys are texts. */
const NOTHING_NEW: Readonly<Record<string, readonly unknown[]>> = {
  additionalProperties: [false, {}],
  propertyNames: [{ type: "string" }],
  maximum: [Number.MAX_SAFE_INTEGER],
  minimum: [Number.MIN_SAFE_INTEGER],
};

/**
 * `schema` in the part of JSON Schema that the page knows.
 *
 * @param refer is told the name of each shape that it refers to
 */
function reduced(schema: Json, refer: (name: string) => void): JsonSchema {
  const { type, ...rest } = schema;
  if (Array.isArray(type)) {
    return { anyOf: type.map((one) => reduced({ ...rest, type: one }, refer)) };
  }
  const entries = Object.entries(schema)
    .filter(([key, value]) => !saysNothingNew(key, value))
    .map(([key, value]) => [key, reducedKeyword(key, value, refer)]);
  return Object.fromEntries(entries) as JsonSchema;
}

function saysNothingNew(key: string, value: unknown): boolean {
  return NOTHING_NEW[key]?.some((other) => isDeepStrictEqual(value, other)) === true;
}

function reducedKeyword(key: string, value: unknown, refer: (name: string) => void): unknown {
  const inside = (part: unknown): JsonSchema => reduced(part as Json, refer);
  switch (key) {
    case "$ref":
      refer(value as string);
      return value;
    case "type":
    case "enum":
    case "const":
    case "minimum":
    case "maximum":
    case "required":
      return value;
    case "anyOf":
      return (value as unknown[]).map(inside);
    case "items":
      return inside(value);
    case "properties":
      return Object.fromEntries(
        Object.entries(value as Json).map(([name, member]) => [name, inside(member)]),
      );
    default:
      throw new Error(`the page does not check ${key}: ${JSON.stringify(value)}`);
  }
}

if (import.meta.main) writeFileSync(TARGET, fileSchemaText());
