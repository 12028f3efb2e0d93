import { within } from "../../base/async/within.ts";
import type { Clock } from "../../base/clock.ts";
import { ignoreRejection, isThenable, primitiveText } from "../../base/foreign-value.ts";
import type { ArgumentSchemas, ValueSchema } from "./expose.ts";
import type { SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";
import { unchecked } from "./unchecked.ts";

/** How long an async schema is waited for, in milliseconds. */
const MAX_WAIT_MS = 1_000;
const MAX_ISSUES = 20;
const MAX_PATH = 32;
const MAX_SEGMENT = 100;
const MAX_MESSAGE = 300;

/** One thing that is wrong with what a client has sent, as it is answered. */
interface ArgumentIssue {
  /** Index of the argument, then names and indexes within it. */
  readonly path: readonly (string | number)[];
  /** In the words of the schema's library. */
  readonly message: string;
}

/** What a check has found: the values to use, or what is wrong. */
export type Checked<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly ArgumentIssue[]; readonly value?: undefined };

/**
 * Checks arguments. Those that a client has left out are checked as `undefined`, and added if their schema has a
 * default; one for which there is no schema is an issue.
 *
 * @returns without a promise where no schema is async
 * @throws what a schema throws; an error when it is too slow, also as a rejection
 */
export function checkArguments(
  schemas: ArgumentSchemas,
  given: readonly unknown[],
  clock: Clock,
): Checked<readonly unknown[]> | Promise<Checked<readonly unknown[]>> {
  if (schemas === unchecked) return { value: given };
  const { length } = schemas;
  if (given.length > length) {
    return { issues: [{ path: [length], message: "there are too many arguments" }] };
  }
  const results = validateAll(schemas, given);
  if (!results.some(isThenable)) return joined(results as SchemaResult<unknown>[], given.length);
  return within({ clock, limitMs: MAX_WAIT_MS, what: "a schema" }, Promise.all(results)).then(
    (all) => joined(all, given.length),
  );
}

/**
 * Checks one value: the body of a queue's message, `params`, or `input`.
 *
 * @param schema `undefined` accepts nothing but `undefined`
 * @returns without a promise where the schema is not async
 * @throws what the schema throws; an error when it is too slow, also as a rejection
 */
export function checkValue(
  schema: ValueSchema | undefined,
  given: unknown,
  clock: Clock,
): Checked<unknown> | Promise<Checked<unknown>> {
  if (schema === unchecked) return { value: given };
  if (schema === undefined) {
    if (given === undefined) return { value: undefined };
    return { issues: [{ path: [], message: "none is accepted" }] };
  }
  const result = validate(schema, given);
  if (!isThenable(result)) return checkedOf(result);
  return within({ clock, limitMs: MAX_WAIT_MS, what: "a schema" }, result).then(checkedOf);
}

/** A schema that throws ends the check: what others before it come to is not awaited any more. */
function validateAll(
  schemas: readonly StandardSchema[],
  given: readonly unknown[],
): readonly (SchemaResult<unknown> | Promise<SchemaResult<unknown>>)[] {
  const results: ReturnType<typeof validate>[] = [];
  try {
    for (const [at, schema] of schemas.entries()) results.push(validate(schema, given[at]));
  } catch (error) {
    for (const result of results) ignoreRejection(result);
    throw error;
  }
  return results;
}

function validate(
  schema: StandardSchema,
  value: unknown,
): SchemaResult<unknown> | Promise<SchemaResult<unknown>> {
  return schema["~standard"].validate(value);
}

function joined(results: readonly SchemaResult<unknown>[], given: number): Checked<unknown[]> {
  const issues = results.flatMap((result, at) => issuesOf(result, [at]));
  if (issues.length > 0) return { issues: issues.slice(0, MAX_ISSUES) };
  const values = results.map((result) => (result as { readonly value: unknown }).value);
  while (values.length > given && values.at(-1) === undefined) values.pop();
  return { value: values };
}

function checkedOf(result: SchemaResult<unknown>): Checked<unknown> {
  const issues = issuesOf(result, []);
  if (issues.length > 0) return { issues: issues.slice(0, MAX_ISSUES) };
  return { value: (result as { readonly value: unknown }).value };
}

function issuesOf({ issues }: SchemaResult<unknown>, root: readonly number[]): ArgumentIssue[] {
  if (issues === undefined) return [];
  if (issues.length === 0) return [{ path: root, message: "is invalid" }];
  return issues.slice(0, MAX_ISSUES).map((issue) => ({
    path: [...root, ...pathOf(issue)],
    message: String(issue.message).slice(0, MAX_MESSAGE),
  }));
}

function pathOf({ path = [] }: SchemaIssue): (string | number)[] {
  // Not by methods of the path: it may be a subclass of `Array` whose constructor takes something else.
  const segments = Array.from(path).slice(0, MAX_PATH);
  return segments.map((segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "number" ? key : primitiveText(key).slice(0, MAX_SEGMENT);
  });
}
