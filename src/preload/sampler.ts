import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Link,
  type SpanKind,
  trace,
} from "@opentelemetry/api";
import type { Sampler, SamplingResult } from "@opentelemetry/sdk-trace";
import { DECIDED_KEY, setSdkRootRatio } from "../telemetry/root-sampling.ts";
import type { Environment } from "./environment.ts";
import { loadSdkTrace } from "./packages.ts";

/** `SamplingDecision` of the SDK; its numbers are part of its public types. */
const NOT_RECORD = 0;
const RECORD_AND_SAMPLED = 2;

const DEFAULT = "parentbased_always_on";

/** A sampler of the standard, and the share of traces without a parent it takes. */
interface Choice {
  readonly sampler: Sampler;
  readonly rootRatio: number;
}

/**
 * The SDK's sampler, behind the runtime's own decision. limelight draws before a span exists, because a
 * span that is sampled out costs 1–2 µs; a root it has drawn is recorded without a second draw, else a
 * ratio of 0.5 would record a quarter.
 */
export class DecidedSampler implements Sampler {
  readonly #sampler: Sampler;
  #stopped = false;

  constructor(sampler: Sampler) {
    this.#sampler = sampler;
  }

  /** Records nothing any more: spans that go nowhere should cost nothing. */
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

/** The sampler `OTEL_TRACES_SAMPLER` names, whose root ratio the runtime is told as well. */
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
      // What a remote parent decided does not count. A local one does, or a trace whose root the
      // runtime drew would lose its children.
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
