import { inspect } from "node:util";
import { errorMessage, isError, primitiveText, property } from "../base/foreign-value.ts";
import { redactText } from "../telemetry/logs/redact-text.ts";
import { secretKeys } from "../telemetry/logs/secret-keys.ts";

/** Maximum length of the text of one diagnostic line. */
const MAX_TEXT = 500;

function describeError(error: object): string {
  const kind = ["name", "code"]
    .map((key) => property(error, key))
    .filter((part) => typeof part === "string" || typeof part === "number");
  return [kind.join(" "), errorMessage(error)].filter((part) => part !== "").join(": ");
}

/**
 * Returns the name and message of an error that OpenTelemetry's global error handler has flattened for the
 * logger. Its stack and other fields do not belong in a log line.
 */
function describeText(text: string): string {
  if (!text.startsWith("{")) return text;
  try {
    const parsed = JSON.parse(text) as object;
    return describeError(parsed) || text;
  } catch {
    return text;
  }
}

function describe(part: unknown): string {
  if (typeof part === "string") return describeText(part);
  if (isError(part)) return describeError(part);
  try {
    return inspect(part, {
      depth: 1,
      breakLength: Infinity,
      maxArrayLength: 3,
      maxStringLength: 200,
    });
  } catch {
    return primitiveText(part); // an inspection of its own, or a getter, has thrown
  }
}

/** Returns one short line for the arguments that an OpenTelemetry component passed to its logger. */
export function diagnosticText(parts: readonly unknown[]): string {
  return printable(parts.map(describe).join(" ").replaceAll(/\s+/g, " ").trim());
}

/**
 * Returns a text shortened and without its secrets, and any other value unchanged. OpenTelemetry's parsers report the
 * values of variables, such as URLs with credentials.
 */
export function printable<Value>(value: Value): Value | string {
  if (typeof value !== "string") return value;
  // Redacted before the text is cut, so that no part of a secret is left.
  const shown = redactText(value.slice(0, MAX_TEXT * 2), secretKeys);
  return value.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown;
}

/** Returns the kind of a message, equal for texts that differ only in numbers, ids and quoted names. */
export function diagnosticKind(text: string): string {
  return text
    .replaceAll(/"[^"]*"|'[^']*'/g, '"')
    .replaceAll(/\b[\da-f]{8,}\b|\d+/gi, "#")
    .slice(0, 100);
}
