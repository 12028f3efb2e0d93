import { diag } from "./api.ts";

let telling = false;

/**
 * Reports a telemetry error to OpenTelemetry's diagnostic logger. The application installs that logger: it
 * may throw, and it may call the code that failed.
 */
export function tellDiag(text: string, error: unknown): void {
  if (telling) return;
  telling = true;
  try {
    diag.error(text, error);
  } catch {
    // No other channel is left to report it.
  } finally {
    telling = false;
  }
}
