import {
  errorMessage,
  isError,
  primitiveText,
  property,
  textProperty,
  UNREADABLE,
} from "../../base/foreign-value.ts";
import { redactText } from "./redact-text.ts";
import { secretKeys } from "./secret-keys.ts";

/** Maximum number of causes that are followed. */
const MAX_CAUSES = 8;
/** Maximum lengths, in characters, of the fields the runtime writes for an error. */
const MAX_NAME = 128;
const MAX_MESSAGE = 4_096;
const MAX_STACK = 8_192;
/** Maximum number of own properties of an error in one line. */
const MAX_PROPERTIES = 100;

/** Fields of an error in the runtime's own lines. */
export interface FailureFields {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: FailureFields | string;
}

function isErrorLike(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return isError(value) || textProperty(value, "message") !== undefined;
}

/** Returns the name of the class, else the error's own `name`. */
function typeName(error: object): string | undefined {
  const made = property(error, "constructor");
  const name = typeof made === "function" ? textProperty(made, "name") : undefined;
  return name ?? textProperty(error, "name");
}

/** Returns the error or error-like object that caused `error`. VError's `cause` is a function. */
function causeOf(error: object): object | undefined {
  let cause = property(error, "cause");
  if (typeof cause === "function") {
    try {
      cause = Reflect.apply(cause, error, []) as unknown;
    } catch {
      return undefined;
    }
  }
  return isErrorLike(cause) ? cause : undefined;
}

/** Returns `error` followed by its causes, up to the limit. */
function chainOf(error: object): object[] {
  const chain = [error];
  for (let cause = causeOf(error); cause !== undefined; cause = causeOf(cause)) {
    if (chain.includes(cause) || chain.length > MAX_CAUSES) break;
    chain.push(cause);
  }
  return chain;
}

function shorten(text: string, limit: number): string {
  const within = text.length > limit ? text.slice(0, limit * 2) : text;
  const shown = redactText(within, secretKeys);
  if (text.length <= limit) return shown;
  return `${shown.slice(0, limit)}…[${text.length - limit} more characters]`;
}

/**
 * Returns the fields that a line of the runtime shows for an error: type, message, code, stack and causes.
 *
 * They are truncated and redacted. Other properties are left out, because they may contain requests with
 * their headers.
 */
export function failureFields(error: unknown): FailureFields | string {
  return describe(error, [], MAX_STACK);
}

function describe(error: unknown, above: object[], maxStack: number): FailureFields | string {
  if (!isErrorLike(error)) return shorten(primitiveText(error), MAX_MESSAGE);
  const fields = Object.create(null) as Record<string, unknown>;
  fields["type"] = typeName(error)?.slice(0, MAX_NAME) ?? "Error";
  fields["message"] = shorten(errorMessage(error), MAX_MESSAGE);
  const code = property(error, "code");
  if (typeof code === "number") fields["code"] = code;
  else if (typeof code === "string") fields["code"] = shorten(code, MAX_NAME);
  const stack = textProperty(error, "stack");
  if (stack !== undefined) fields["stack"] = shorten(stack, maxStack);
  const cause = property(error, "cause");
  const known = cause === error || above.includes(cause as object);
  if (isErrorLike(cause) && !known && above.length < MAX_CAUSES) {
    fields["cause"] = describe(cause, [...above, error], maxStack / 2);
  } else if (cause !== undefined && cause !== UNREADABLE && typeof cause !== "object") {
    fields["cause"] = shorten(primitiveText(cause), MAX_MESSAGE);
  }
  return fields as unknown as FailureFields;
}

/**
 * Returns the fields that a line of the application shows for an error, as pino's own serializer does.
 *
 * The messages and stacks of its causes follow its own, then its enumerable properties. A value that is not
 * an error is returned unchanged.
 */
export function errorFields(error: unknown): unknown {
  return fieldsOf(error, []);
}

function fieldsOf(error: unknown, above: readonly object[]): unknown {
  if (!isErrorLike(error)) return error;
  if (above.includes(error)) return "[Circular]";
  const chain = chainOf(error);
  const within = [...above, ...chain];
  const stacks = chain.map((link) => textProperty(link, "stack") ?? "");
  const fields = Object.create(null) as Record<string, unknown>;
  fields["type"] = typeName(error);
  fields["message"] = chain.map(errorMessage).join(": ");
  fields["stack"] = stacks.join("\ncaused by: ");
  const errors = property(error, "errors");
  if (Array.isArray(errors)) {
    fields["aggregateErrors"] = errors.slice(0, MAX_PROPERTIES).map((one) => fieldsOf(one, within));
  }
  for (const key of propertiesOf(error)) {
    if (fields[key] !== undefined) continue;
    const value = property(error, key);
    if (value === UNREADABLE) fields[key] = "[unreadable]";
    else if (key === "cause" && isErrorLike(value)) continue;
    else fields[key] = isErrorLike(value) ? fieldsOf(value, within) : value;
  }
  return fields;
}

function propertiesOf(error: object): string[] {
  const keys: string[] = [];
  try {
    for (const key in error) if (keys.push(key) >= MAX_PROPERTIES) break;
  } catch {
    // A proxy whose `ownKeys` trap throws.
  }
  return keys;
}
