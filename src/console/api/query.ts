import { Refusal } from "../../http/refusal.ts";
import { ProblemCode } from "../problem.ts";
import { levelNumber } from "../record/log-rows.ts";
import { readActorId } from "./actor-id.ts";

/** A parameter of a query: how it is read, and what its documentation says. */
export interface Parameter<Value> {
  readonly description: string;
  /** Its values, as JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** What it is when it is not there. */
  readonly fallback: Value;
  /** @returns `undefined` for what it cannot be */
  readonly parse: (text: string) => Value | undefined;
}

/** The parameters of a route, by name. */
export type QueryShape = Readonly<Record<string, Parameter<unknown>>>;

/** What a query of that shape is read as. */
export type QueryOf<Shape extends QueryShape> = {
  readonly [Name in keyof Shape]: Shape[Name]["fallback"];
};

const MAX_TEXT = 300;

/** A text; left out it fits all. */
export function text(description: string): Parameter<string | undefined> {
  return {
    description,
    schema: { type: "string", maxLength: MAX_TEXT },
    fallback: undefined,
    parse: (value) => (value.length <= MAX_TEXT ? value : undefined),
  };
}

/** The id of an actor; left out it fits all. */
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

/** One of a few words. */
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

/** One of a few words; left out it fits all. */
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

/** A whole number of things. */
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

/** A number from 0 up; left out it bounds nothing. */
export function amount(description: string): Parameter<number | undefined> {
  return {
    description,
    schema: { type: "number", minimum: 0 },
    fallback: undefined,
    parse: (value) => (/^\d{1,16}(?:\.\d{1,9})?$/.test(value) ? Number(value) : undefined),
  };
}

/** `1` or `true`. */
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

/** A level of the log, by name or number. */
export function level(description: string): Parameter<number | undefined> {
  return {
    description,
    schema: { type: "string", examples: ["warn", "40"] },
    fallback: undefined,
    parse: levelNumber,
  };
}

/**
 * Reads a query.
 *
 * @throws {@link Refusal} 400 for a parameter there is not, that comes twice, or that cannot be what it is
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
  return query as QueryOf<Shape>;
}

function refuse(message: string): Refusal {
  return new Refusal(ProblemCode.BadRequest, message);
}

function shown(value: string): string {
  return JSON.stringify(value.slice(0, 60));
}
