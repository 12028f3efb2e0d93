import { type TapProcessor, tapProcessor } from "../../telemetry/process-taps.ts";

/**
 * Creates a span processor for your own OpenTelemetry SDK, which passes spans to the consoles of this
 * process. The processor itself stores nothing; without a console, a span costs one check. limelight's
 * preload registers one already.
 *
 * @example
 * ```ts
 * import { TracerProvider as SdkProvider } from "@opentelemetry/sdk-trace";
 *
 * const provider = new SdkProvider({ spanProcessors: [consoleSpanProcessor()] });
 * ```
 */
export function consoleSpanProcessor(): TapProcessor {
  return tapProcessor();
}
