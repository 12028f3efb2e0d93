type SchemaType = "string" | "number" | "integer" | "boolean" | "null" | "object" | "array";

/** The subset of JSON Schema that the wire's shapes use. */
export interface JsonSchema {
  /** Name of one of the definitions. */
  readonly $ref?: string;
  readonly type?: SchemaType;
  readonly enum?: readonly string[];
  readonly const?: string | number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** Schemas by name. They may refer to each other. */
export type Definitions = Readonly<Record<string, JsonSchema>>;

/** Validates values against schemas that refer to each other. Additional fields are allowed. */
export class SchemaChecker {
  readonly #definitions: Definitions;

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  /** Describes the first mismatch in `value` and its path; `null` when it is valid. */
  mismatch(value: unknown, schema: JsonSchema, path: string): string | null {
    const { $ref, anyOf, type } = schema;
    if ($ref !== undefined) return this.mismatch(value, this.#definitions[$ref] ?? {}, path);
    if (anyOf !== undefined) return this.#mismatchWithAll(value, anyOf, path);
    const problem = type === undefined ? null : this.#typeProblem(value, type, schema, path);
    if (problem !== null) return problem;
    return isOneOf(value, schema) ? null : `${path} is not ${wordsOf(schema)}`;
  }

  #typeProblem(value: unknown, type: SchemaType, schema: JsonSchema, path: string): string | null {
    switch (type) {
      case "string":
        return typeof value === "string" ? null : `${path} is not a string`;
      case "boolean":
        return typeof value === "boolean" ? null : `${path} is neither true nor false`;
      case "null":
        return value === null ? null : `${path} is not null`;
      case "number":
      case "integer":
        return isNumber(value, schema) ? null : `${path} is not a possible number`;
      case "array":
        return this.#listProblem(value, schema, path);
      case "object":
        return this.#objectProblem(value, schema, path);
    }
  }

  /** Returns the first of several mismatches: in nullable schemas, `null` is the last alternative. */
  #mismatchWithAll(value: unknown, schemas: readonly JsonSchema[], path: string): string | null {
    const found = schemas.map((schema) => this.mismatch(value, schema, path));
    return found.includes(null) ? null : (found[0] ?? null);
  }

  #listProblem(value: unknown, { items = {} }: JsonSchema, path: string): string | null {
    if (!Array.isArray(value)) return `${path} is not a list`;
    for (const [at, member] of value.entries()) {
      const mismatch = this.mismatch(member, items, `${path}[${at}]`);
      if (mismatch !== null) return mismatch;
    }
    return null;
  }

  #objectProblem(value: unknown, schema: JsonSchema, path: string): string | null {
    const { properties = {}, required = [] } = schema;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return `${path} is not an object`;
    }
    const members = new Map<string, unknown>(Object.entries(value));
    for (const [key, property] of Object.entries(properties)) {
      if (!members.has(key) && !required.includes(key)) continue;
      const mismatch = this.mismatch(members.get(key), property, `${path}.${key}`);
      if (mismatch !== null) return mismatch;
    }
    return null;
  }
}

function isNumber(
  value: unknown,
  { type, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: JsonSchema,
): boolean {
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (type === "integer" && !Number.isInteger(value)) return false;
  return value >= minimum && value <= maximum;
}

function isOneOf(value: unknown, { enum: words, const: only }: JsonSchema): boolean {
  if (only !== undefined && value !== only) return false;
  return words === undefined || words.some((word) => word === value);
}

function wordsOf({ enum: words = [], const: only }: JsonSchema): string {
  return only === undefined ? `one of ${words.join(", ")}` : String(only);
}
