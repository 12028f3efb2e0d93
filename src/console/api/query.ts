import { Refusal } from "../../http/refusal.ts";
import { ProblemCode } from "../problem.ts";
import { levelNumber } from "../record/log-rows.ts";
import { readActorId } from "./actor-id.ts";

/** A query parameter: how it is parsed and documented. */
export interface Parameter<Value> {
  readonly description: string;
  /** JSON Schema of its values. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Value used when the parameter is missing. */
  readonly fallback: Value;
  /** Whether a query without it is refused. */
  readonly required?: true;
  /** @returns `undefined` for invalid text */
  readonly parse: (text: string) => Value | undefined;
}

/** The parameters of a route, by name. */
export type QueryShape = Readonly<Record<string, Parameter<unknown>>>;

/** The values parsed from a query of the given shape. */
export type QueryOf<Shape extends QueryShape> = {
  readonly [Name in keyof Shape]: Shape[Name]["fallback"];
};

const MAX_TEXT = 300;
/** Percent-encoded, the text of the longest key has this length. */
const MAX_KEY_TEXT = 6_200;

/** Defines a text parameter. If it is omitted, everything matches. */
export function text(
  description: string,
  maxLength: number = MAX_TEXT,
): Parameter<string | undefined> {
  return {
    description,
    schema: { type: "string", maxLength },
    fallback: undefined,
    parse: (value) => (value.length <= maxLength ? value : undefined),
  };
}

/** Defines a parameter for a part of a key or a cursor. If it is omitted, everything matches. */
export function keyText(description: string): Parameter<string | undefined> {
  return text(description, MAX_KEY_TEXT);
}

/** Defines a text parameter that must be given. */
export function requiredText(description: string): Parameter<string> {
  const { schema, parse } = text(description);
  return { description, schema, parse, fallback: "", required: true };
}

/** Defines a parameter for an actor's id. If it is omitted, everything matches. */
export function actorId(description: string): Parameter<string | undefined> {
  const { parse, ...rest } = text(description);
  return {
    ...rest,
    parse: (value) => {
      const id = parse(value);
      return id === undefined ? undefined : readActorId(id);
    },
  };
}

/** Defines a parameter with a fixed set of words and a default. */
export function choice<const Word extends string>(
  description: string,
  words: readonly Word[],
  fallback: Word,
): Parameter<Word> {
  return {
    description,
    schema: { type: "string", enum: words, default: fallback },
    fallback,
    parse: (value) => words.find((word) => word === value),
  };
}

/** Defines a parameter with a fixed set of words. If it is omitted, everything matches. */
export function anyOf<const Word extends string>(
  description: string,
  words: readonly Word[],
): Parameter<Word | undefined> {
  return {
    description,
    schema: { type: "string", enum: words },
    fallback: undefined,
    parse: (value) => words.find((word) => word === value),
  };
}

/** Defines a parameter for a number of items. */
export function count(description: string, fallback: number, max: number): Parameter<number> {
  return {
    description,
    schema: { type: "integer", minimum: 1, maximum: max, default: fallback },
    fallback,
    parse: (value) => {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      return number >= 1 && number <= max ? number : undefined;
    },
  };
}

/** Defines a parameter for a number from 0. If it is omitted, there is no limit. */
export function amount(description: string): Parameter<number | undefined> {
  return {
    description,
    schema: { type: "number", minimum: 0 },
    fallback: undefined,
    parse: (value) => (/^\d{1,16}(?:\.\d{1,9})?$/.test(value) ? Number(value) : undefined),
  };
}

/** Defines a flag, set by `1` or `true`. */
export function flag(description: string): Parameter<boolean | undefined> {
  return {
    description,
    schema: { type: "string", enum: ["1", "true", "0", "false"] },
    fallback: undefined,
    parse: (value) => {
      if (value === "1" || value === "true") return true;
      return value === "0" || value === "false" ? false : undefined;
    },
  };
}

/** Defines a parameter for a log level, by name or number. */
export function level(description: string): Parameter<number | undefined> {
  return {
    description,
    schema: { type: "string", examples: ["warn", "40"] },
    fallback: undefined,
    parse: levelNumber,
  };
}

/**
 * Parses a query.
 *
 * @throws {@link Refusal} 400 for an unknown, repeated, invalid or missing parameter
 */
export function readQuery<Shape extends QueryShape>(
  shape: Shape,
  search: URLSearchParams,
): QueryOf<Shape> {
  const values = Object.entries(shape).map(([name, { fallback }]) => [name, fallback]);
  const query = Object.fromEntries(values) as Record<string, unknown>;
  for (const name of new Set(search.keys())) {
    const parameter = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (parameter === undefined) {
      const known = Object.keys(shape).join(", ");
      throw refuse(
        `there is no parameter ${shown(name)}; there is ${known === "" ? "none" : known}`,
      );
    }
    const [value = "", ...more] = search.getAll(name);
    const parsed = more.length === 0 ? parameter.parse(value) : undefined;
    if (parsed === undefined) {
      throw refuse(`${name} cannot be ${shown(value)}: ${JSON.stringify(parameter.schema)}`);
    }
    query[name] = parsed;
  }
  requireAll(shape, search);
  return query as QueryOf<Shape>;
}

function requireAll(shape: QueryShape, search: URLSearchParams): void {
  for (const [name, { required }] of Object.entries(shape)) {
    if (required === true && !search.has(name)) throw refuse(`${name} is missing`);
  }
}

function refuse(message: string): Refusal {
  return new Refusal(ProblemCode.BadRequest, message);
}

function shown(value: string): string {
  return JSON.stringify(value.slice(0, 60));
}
