import type { Counter, Meter, SpanContext, UpDownCounter } from "@opentelemetry/api";
import { SamplingDecision } from "./sdk-shapes.ts";

const RESULT = "otel.span.sampling_result";
const ORIGIN = "otel.span.parent.origin";

/** The SDK's metrics of its own spans, for a provider that is given a meter provider. */
export class TracerCounts {
  readonly #started: Counter;
  readonly #live: UpDownCounter;

  constructor(meter: Meter) {
    this.#started = meter.createCounter("otel.sdk.span.started", {
      unit: "{span}",
      description: "The number of created spans.",
    });
    this.#live = meter.createUpDownCounter("otel.sdk.span.live", {
      unit: "{span}",
      description: "The number of currently live spans.",
    });
  }

  /** Counts a span, and returns what counts its end. */
  started(parent: SpanContext | undefined, decision: number): (() => void) | undefined {
    const attributes = { [RESULT]: resultOf(decision) };
    this.#started.add(1, { [ORIGIN]: originOf(parent), ...attributes });
    if (decision === SamplingDecision.NotRecord) return undefined;
    this.#live.add(1, attributes);
    return () => this.#live.add(-1, attributes);
  }
}

function originOf(parent: SpanContext | undefined): string {
  if (parent === undefined) return "none";
  return parent.isRemote === true ? "remote" : "local";
}

function resultOf(decision: number): string {
  if (decision === SamplingDecision.RecordAndSampled) return "RECORD_AND_SAMPLE";
  return decision === SamplingDecision.Record ? "RECORD_ONLY" : "DROP";
}
