import { type TapProcessor, tapProcessor } from "../../telemetry/process-taps.ts";

/**
 * Creates a span processor for your own OpenTelemetry SDK, which passes spans to the consoles of this
 * process. The processor itself stores nothing; without a console, a span costs one check. limelight's
 * preload registers one already.
 *
 * @example `new NodeSDK({ spanProcessors: [consoleSpanProcessor(), …] })`
 */
export function consoleSpanProcessor(): TapProcessor {
  return tapProcessor();
}
