import type { Attributes, Exception } from "@opentelemetry/api";

/** Attributes of the event `exception`, as the semantic conventions name them. */
const TYPE = "exception.type";
const MESSAGE = "exception.message";
const STACKTRACE = "exception.stacktrace";

/** What is read of an exception. */
interface Thrown {
  readonly code?: string | number;
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string;
}

/** Returns the attributes of the event for `exception`; `undefined` if it has neither a type nor a message. */
export function exceptionAttributes(exception: Exception): Attributes | undefined {
  if (typeof exception === "string") return exception === "" ? undefined : { [MESSAGE]: exception };
  // What is thrown can be anything, whatever its type says.
  if (exception === null || exception === undefined) return undefined;
  const { code, name, message, stack } = exception as Thrown;
  const type = code ? String(code) : name;
  if (!type && !message) return undefined;
  return {
    ...(type ? { [TYPE]: type } : {}),
    ...(message ? { [MESSAGE]: message } : {}),
    ...(stack ? { [STACKTRACE]: stack } : {}),
  };
}
