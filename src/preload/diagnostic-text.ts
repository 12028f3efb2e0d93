import { inspect } from "node:util";

/** Longest text of one diagnostic line. */
const MAX_TEXT = 500;

/** What OpenTelemetry's global error handler makes of an error before it hands it to the logger. */
interface FlattenedError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
}

function describeError({ name, code, message }: FlattenedError): string {
  const kind = [name, code].filter((part) => typeof part === "string" || typeof part === "number");
  return [kind.join(" "), message].filter((part) => part !== "" && part !== undefined).join(": ");
}

/** A flattened error as its name and message; its stack and its other fields are not for a log line. */
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

/** One short line out of whatever a component of OpenTelemetry passed to its logger. */
export function diagnosticText(parts: readonly unknown[]): string {
  const text = parts.map(describe).join(" ").replaceAll(/\s+/g, " ").trim();
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** Equal for texts that differ only in numbers, ids and quoted names: the kind of a message. */
export function diagnosticKind(text: string): string {
  return text
    .replaceAll(/"[^"]*"|'[^']*'/g, '"')
    .replaceAll(/\b[\da-f]{8,}\b|\d+/gi, "#")
    .slice(0, 100);
}
