import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Link,
  type Span,
  type SpanKind,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import type { Sampler, SamplingResult } from "@opentelemetry/sdk-trace";
import { DECIDED_KEY } from "../../telemetry/context/decided.ts";
import type { SpanSampler } from "../../telemetry/spans/sdk-shapes.ts";
import { setSdkRootRatio } from "../../telemetry/traces/root-sampling.ts";
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
  readonly parents: Parents;
}

/** Whose decisions a sampler follows. */
const Parents = { None: "none", Local: "local", All: "all" } as const;
type Parents = (typeof Parents)[keyof typeof Parents];

/**
 * The SDK's sampler, applied after the runtime's own decision.
 *
 * limelight decides before a span exists, because a span that is sampled out costs 1–2 µs. A root it has
 * decided to record is not sampled again; otherwise a ratio of 0.5 would record a quarter.
 */
export class DecidedSampler implements Sampler, SpanSampler {
  readonly #sampler: Sampler;
  readonly #choice: Choice;
  #stopped = false;

  constructor(choice: Choice) {
    this.#sampler = choice.sampler;
    this.#choice = choice;
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

  /** Decides without ids where the parent, or the share of all traces, tells. */
  decide(_context: Context, parent: Span | undefined, drawn: boolean): boolean | undefined {
    const { rootRatio, parents } = this.#choice;
    if (this.#stopped) return false;
    if (parent === undefined)
      return drawn || (rootRatio === 0 ? false : rootRatio === 1 || undefined);
    if (parents === Parents.None) return rootRatio === 1;
    const { isRemote, traceFlags } = parent.spanContext();
    if (isRemote === true && parents === Parents.Local) return undefined;
    return (traceFlags & TraceFlags.SAMPLED) !== 0;
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
  const choice = choose(environment);
  setSdkRootRatio(choice.rootRatio);
  return new DecidedSampler(choice);
}

function choose(environment: Environment): Choice {
  const { AlwaysOnSampler, AlwaysOffSampler, ParentBasedSampler } = loadSdkTrace();
  const always = new AlwaysOnSampler();
  const never = new AlwaysOffSampler();
  const name = environment.text("OTEL_TRACES_SAMPLER") ?? DEFAULT;
  switch (name) {
    case "always_on":
      return { sampler: always, rootRatio: 1, parents: Parents.None };
    case "always_off":
      return { sampler: never, rootRatio: 0, parents: Parents.None };
    case "parentbased_always_on":
      return followingAll(new ParentBasedSampler({ root: always }), 1);
    case "parentbased_always_off":
      return followingAll(new ParentBasedSampler({ root: never }), 0);
    case "traceidratio": {
      // The decision of a remote parent is ignored. That of a local parent is followed, or a trace whose root
      // the runtime decided to record would lose its children.
      const { sampler: root, rootRatio } = ratioSampler(environment);
      const remote = { remoteParentSampled: root, remoteParentNotSampled: root };
      const sampler = new ParentBasedSampler({ root, ...remote });
      return { sampler, rootRatio, parents: Parents.Local };
    }
    case "parentbased_traceidratio": {
      const { sampler: root, rootRatio } = ratioSampler(environment);
      return followingAll(new ParentBasedSampler({ root }), rootRatio);
    }
    default:
      environment.report(`OTEL_TRACES_SAMPLER knows no ${JSON.stringify(name)}: using ${DEFAULT}`);
      return followingAll(new ParentBasedSampler({ root: always }), 1);
  }
}

function followingAll(sampler: Sampler, rootRatio: number): Choice {
  return { sampler, rootRatio, parents: Parents.All };
}

function ratioSampler(environment: Environment): Pick<Choice, "sampler" | "rootRatio"> {
  const { TraceIdRatioBasedSampler } = loadSdkTrace();
  const rootRatio = environment.number("OTEL_TRACES_SAMPLER_ARG", 1, { min: 0, max: 1 });
  return { sampler: new TraceIdRatioBasedSampler(rootRatio), rootRatio };
}
