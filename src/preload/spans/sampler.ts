import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Link,
  type SpanKind,
  trace,
} from "@opentelemetry/api";
import type { Sampler, SamplingResult } from "@opentelemetry/sdk-trace";
import { DECIDED_KEY, setSdkRootRatio } from "../../telemetry/traces/root-sampling.ts";
import type { Environment } from "../environment.ts";
import { loadSdkTrace } from "../packages.ts";

/** `SamplingDecision` of the SDK. The numbers are part of its public types. */
const NOT_RECORD = 0;
const RECORD_AND_SAMPLED = 2;

const DEFAULT = "parentbased_always_on";

/** A standard sampler, and the share of traces without a parent that it records. */
interface Choice {
  readonly sampler: Sampler;
  readonly rootRatio: number;
}

/**
 * The SDK's sampler, applied after the runtime's own decision.
 *
 * limelight decides before a span exists, because a span that is sampled out costs 1–2 µs. A root it has
 * decided to record is not sampled again; otherwise a ratio of 0.5 would record a quarter.
 */
export class DecidedSampler implements Sampler {
  readonly #sampler: Sampler;
  #stopped = false;

  constructor(sampler: Sampler) {
    this.#sampler = sampler;
  }

  /** Stops recording: spans that are not exported should have no cost. */
  stop(): void {
    this.#stopped = true;
  }

  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    if (this.#stopped) return { decision: NOT_RECORD };
    if (context.getValue(DECIDED_KEY) === true && !hasParent(context)) {
      return { decision: RECORD_AND_SAMPLED };
    }
    return this.#sampler.shouldSample(context, traceId, spanName, spanKind, attributes, links);
  }

  toString(): string {
    return `Decided{${this.#sampler.toString()}}`;
  }
}

function hasParent(context: Context): boolean {
  const parent = trace.getSpanContext(context);
  return parent !== undefined && isSpanContextValid(parent);
}

/** Creates the sampler named by `OTEL_TRACES_SAMPLER`, and passes its root ratio to the runtime. */
export function createSampler(environment: Environment): DecidedSampler {
  const { sampler, rootRatio } = choose(environment);
  setSdkRootRatio(rootRatio);
  return new DecidedSampler(sampler);
}

function choose(environment: Environment): Choice {
  const { AlwaysOnSampler, AlwaysOffSampler, ParentBasedSampler } = loadSdkTrace();
  const always = new AlwaysOnSampler();
  const never = new AlwaysOffSampler();
  const name = environment.text("OTEL_TRACES_SAMPLER") ?? DEFAULT;
  switch (name) {
    case "always_on":
      return { sampler: always, rootRatio: 1 };
    case "always_off":
      return { sampler: never, rootRatio: 0 };
    case "parentbased_always_on":
      return { sampler: new ParentBasedSampler({ root: always }), rootRatio: 1 };
    case "parentbased_always_off":
      return { sampler: new ParentBasedSampler({ root: never }), rootRatio: 0 };
    case "traceidratio": {
      // The decision of a remote parent is ignored. That of a local parent is followed, or a trace whose root
      // the runtime decided to record would lose its children.
      const { sampler: root, rootRatio } = ratioSampler(environment);
      const remote = { remoteParentSampled: root, remoteParentNotSampled: root };
      return { sampler: new ParentBasedSampler({ root, ...remote }), rootRatio };
    }
    case "parentbased_traceidratio": {
      const { sampler: root, rootRatio } = ratioSampler(environment);
      return { sampler: new ParentBasedSampler({ root }), rootRatio };
    }
    default:
      environment.report(`OTEL_TRACES_SAMPLER knows no ${JSON.stringify(name)}: using ${DEFAULT}`);
      return { sampler: new ParentBasedSampler({ root: always }), rootRatio: 1 };
  }
}

function ratioSampler(environment: Environment): Choice {
  const { TraceIdRatioBasedSampler } = loadSdkTrace();
  const rootRatio = environment.number("OTEL_TRACES_SAMPLER_ARG", 1, { min: 0, max: 1 });
  return { sampler: new TraceIdRatioBasedSampler(rootRatio), rootRatio };
}
