import {
  type Context,
  createContextKey,
  type Span,
  type SpanContext,
  TraceFlags,
} from "@opentelemetry/api";
import { keepShape } from "../../base/shapes.ts";

/**
 * Set on a context whose trace limelight has already decided to record, so that a sampler which supports the
 * key need not decide a second time.
 */
export const DECIDED_KEY: symbol = createContextKey("limelight sampling decided");

const WORD = 0x1_0000_0000;

/** Returns eight random hex digits. */
function randomWord(): string {
  return Math.floor(Math.random() * WORD)
    .toString(16)
    .padStart(8, "0");
}

/** Returns a valid id of `words` × 4 bytes. All zeros would be invalid, but its probability is negligible. */
function randomId(words: number): string {
  let id = "";
  for (let word = 0; word < words; word += 1) id += randomWord();
  return id;
}

/**
 * The span of a trace that is not recorded. It carries the sampling decision and a trace id for logs and for
 * other processes. The id is generated on first read.
 */
export class UnsampledSpan implements Span {
  #spanContext: SpanContext | undefined;

  spanContext(): SpanContext {
    this.#spanContext ??= {
      traceId: randomId(4),
      spanId: randomId(2),
      traceFlags: TraceFlags.NONE,
    };
    return this.#spanContext;
  }

  isRecording(): boolean {
    return false;
  }

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  recordException(): void {}

  end(): void {}
}

/** A registered symbol: the preload may belong to another copy of limelight than the runtime. */
const KEY = Symbol.for("limelight.sampling");
const shared = globalThis as { [KEY]?: { sdkRootRatio: number | undefined } };
/** The root sampling ratio of the SDK that limelight's preload starts. Unset with other SDKs. */
shared[KEY] ??= { sdkRootRatio: undefined };
const sampling = shared[KEY];

/** Sets the SDK's own ratio, so that the runtime can decide before a span exists. */
export function setSdkRootRatio(ratio: number | undefined): void {
  sampling.sdkRootRatio = ratio;
}

/** Returns the ratio of traces without a parent to record: the smaller of the SDK's and `own`. */
export function rootRatio(own: number | undefined): number {
  return Math.min(sampling.sdkRootRatio ?? 1, own ?? 1);
}

/** Marks `base` as decided for recording. */
export function markDecided(base: Context): Context {
  return base.setValue(DECIDED_KEY, true);
}

keepShape(new UnsampledSpan());
