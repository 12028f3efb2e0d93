import { type TapProcessor, tapProcessor } from "../../telemetry/process-taps.ts";

/**
 * Creates a span processor for an OpenTelemetry SDK of your own: consoles of this process see its spans.
 * It keeps none; while there is no console, a span costs one look. limelight's preload has one already.
 *
 * @example `new NodeSDK({ spanProcessors: [consoleSpanProcessor(), …] })`
 */
export function consoleSpanProcessor(): TapProcessor {
  return tapProcessor();
}
