import { type Context, isSpanContextValid, type Span, TraceFlags } from "@opentelemetry/api";
import { spanOf } from "../context/actor-scope.ts";
import { SamplingDecision, type SamplingResult, type SpanSampler } from "./sdk-shapes.ts";

/** Records traces that start here, and follows the parent's decision otherwise: the SDK's default. */
export class ParentSampler implements SpanSampler {
  shouldSample(context: Context): SamplingResult {
    const parent = spanOf(context)?.spanContext();
    const follows = parent !== undefined && isSpanContextValid(parent);
    const sampled = !follows || (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
    return { decision: sampled ? SamplingDecision.RecordAndSampled : SamplingDecision.NotRecord };
  }

  decide(_context: Context, parent: Span | undefined): boolean {
    if (parent === undefined) return true;
    return (parent.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  toString(): string {
    return "ParentBased{root=AlwaysOnSampler}";
  }
}
