import { type Context, createContextKey } from "@opentelemetry/api";

/**
 * Set on a context whose trace limelight has already decided to record, so that a sampler which supports the
 * key need not decide a second time.
 */
export const DECIDED_KEY: symbol = createContextKey("limelight sampling decided");

/** Marks `base` as decided for recording. */
export function markDecided(base: Context): Context {
  return base.setValue(DECIDED_KEY, true);
}
