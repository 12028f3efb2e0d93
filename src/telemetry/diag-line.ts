import { diag } from "@opentelemetry/api";

let telling = false;

/**
 * Says to OpenTelemetry's own log that telemetry met an error. That log is the application's: it may throw,
 * and it may lead back to what failed.
 */
export function tellDiag(text: string, error: unknown): void {
  if (telling) return;
  telling = true;
  try {
    diag.error(text, error);
  } catch {
    // There is nowhere left to say it.
  } finally {
    telling = false;
  }
}
