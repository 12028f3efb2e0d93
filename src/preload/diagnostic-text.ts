import { inspect } from "node:util";

/** Maximum length of the text of one diagnostic line. */
const MAX_TEXT = 500;

/** Form of an error after OpenTelemetry's global error handler has flattened it for the logger. */
interface FlattenedError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
}

function describeError({ name, code, message }: FlattenedError): string {
  const kind = [name, code].filter((part) => typeof part === "string" || typeof part === "number");
  return [kind.join(" "), message].filter((part) => part !== "" && part !== undefined).join(": ");
}

/**
 * Returns the name and message of a flattened error. Its stack and other fields do not belong in a log line.
 */
function describeText(text: string): string {
  if (!text.startsWith("{")) return text;
  try {
    const parsed = JSON.parse(text) as FlattenedError;
    return describeError(parsed) || text;
  } catch {
    return text;
  }
}

function describe(part: unknown): string {
  if (typeof part === "string") return describeText(part);
  if (part instanceof Error) return describeError(part);
  return inspect(part, {
    depth: 1,
    breakLength: Infinity,
    maxArrayLength: 3,
    maxStringLength: 200,
  });
}

/** Returns one short line for the arguments that an OpenTelemetry component passed to its logger. */
export function diagnosticText(parts: readonly unknown[]): string {
  const text = parts.map(describe).join(" ").replaceAll(/\s+/g, " ").trim();
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** Returns the kind of a message, equal for texts that differ only in numbers, ids and quoted names. */
export function diagnosticKind(text: string): string {
  return text
    .replaceAll(/"[^"]*"|'[^']*'/g, '"')
    .replaceAll(/\b[\da-f]{8,}\b|\d+/gi, "#")
    .slice(0, 100);
}
