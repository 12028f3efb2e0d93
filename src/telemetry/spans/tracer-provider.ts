import type { MeterProvider, TracerProvider as Provider, Tracer } from "@opentelemetry/api";
import { type Clock, KeepAlive, systemClock } from "../../base/clock.ts";
import { requireKnownKeys } from "../../base/options.ts";
import { VERSION } from "../version.ts";
import { LeanTracer, type TracerParts } from "./lean-tracer.ts";
import { ParentSampler } from "./parent-sampler.ts";
import { defaultResource } from "./plain-resource.ts";
import type {
  SpanIdGenerator,
  SpanLimits,
  SpanResource,
  SpanSampler,
  SpanSink,
} from "./sdk-shapes.ts";
import { SpanClock } from "./span-clock.ts";
import { TracerCounts } from "./tracer-counts.ts";

/** Options of {@link TracerProvider}: those of the SDK's provider. */
export interface TracerProviderOptions {
  /** Default: records traces that start here, and follows the parent's decision otherwise. */
  readonly sampler?: SpanSampler;
  /** Default: 128 attributes, events and links, with values of any length. */
  readonly spanLimits?: Partial<SpanLimits>;
  /** Default: `service.name` `unknown_service:node`. */
  readonly resource?: SpanResource;
  /** Default: random ids, made when they are first read. */
  readonly idGenerator?: SpanIdGenerator;
  /** Processors of SDK 2.x or 3.x. Default: none, so spans go nowhere. */
  readonly spanProcessors?: readonly SpanSink[];
  /** Gets the SDK's metrics of its own spans. Default: nothing counts them. */
  readonly meterProvider?: MeterProvider;
}

const KNOWN_OPTIONS: readonly (keyof TracerProviderOptions)[] = [
  "sampler",
  "spanLimits",
  "resource",
  "idGenerator",
  "spanProcessors",
  "meterProvider",
];

const FLUSH_TIMEOUT_MS = 30_000;

/**
 * A tracer provider that takes the options of the SDK's, and makes spans that cost about a third as much. They
 * go to the same processors and exporters.
 *
 * @example
 * ```ts
 * import { ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
 *
 * const exporter = new ConsoleSpanExporter();
 * const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
 * provider.getTracer("orders", "1.0.0").startSpan("warm up").end();
 * await provider.forceFlush();
 * await provider.shutdown();
 * ```
 */
export class TracerProvider implements Provider {
  readonly #sinks: readonly SpanSink[];
  readonly #parts: TracerParts;
  readonly #tracers = new Map<string, LeanTracer>();

  /** @throws UsageError `ERR_INVALID_OPTION` for an option that the SDK's provider does not have */
  constructor(options: TracerProviderOptions = {}) {
    requireKnownKeys("`TracerProvider`", options, KNOWN_OPTIONS);
    const { sampler = new ParentSampler(), resource = defaultResource(), idGenerator } = options;
    const meter = options.meterProvider?.getMeter("limelight/spans", VERSION);
    this.#sinks = [...(options.spanProcessors ?? [])];
    this.#parts = {
      sampler,
      resource,
      idGenerator,
      limits: limitsOf(options.spanLimits ?? {}),
      sinks: this.#sinks,
      clock: new SpanClock(systemClock),
      counts: meter === undefined ? undefined : new TracerCounts(meter),
    };
  }

  /** Returns the tracer of a library: always the same one for the same name, version and schema. */
  getTracer(name: string, version?: string, options?: { readonly schemaUrl?: string }): Tracer {
    const schemaUrl = options?.schemaUrl;
    const key = `${name}@${version ?? ""}:${schemaUrl ?? ""}`;
    let tracer = this.#tracers.get(key);
    if (tracer === undefined) {
      tracer = new LeanTracer(this.#parts, { name, version, schemaUrl });
      this.#tracers.set(key, tracer);
    }
    return tracer;
  }

  /**
   * Has all processors export what they hold.
   *
   * @throws the errors of those that failed or took too long, as an array
   */
  async forceFlush(options: { readonly timeoutMillis?: number } = {}): Promise<void> {
    const { timeoutMillis = FLUSH_TIMEOUT_MS } = options;
    const outcomes = this.#sinks.map((sink) => flushed(sink, timeoutMillis, systemClock));
    const errors = (await Promise.all(outcomes)).filter((error) => error !== undefined);
    if (errors.length > 0) throw errors;
  }

  /** Shuts all processors down, even if one throws. */
  async shutdown(): Promise<void> {
    await Promise.all(this.#sinks.map(async (sink) => await sink.shutdown()));
  }
}

/** Returns the error of a flush, if any. */
function flushed(sink: SpanSink, timeoutMs: number, clock: Clock): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const expire = (): void => resolve(new Error(`a span processor took over ${timeoutMs} ms`));
  const timer = clock.schedule(expire, timeoutMs, KeepAlive.Yes);
  const settle = (error: unknown): void => {
    timer.cancel();
    resolve(error);
  };
  // Processors without types may throw at once, or return nothing.
  const flush = async (): Promise<void> => await sink.forceFlush();
  flush().then(() => settle(undefined), settle);
  return promise;
}

const COUNT = 128;

function limitsOf(given: Partial<SpanLimits>): SpanLimits {
  return {
    attributeValueLengthLimit: given.attributeValueLengthLimit ?? Infinity,
    attributeCountLimit: given.attributeCountLimit ?? COUNT,
    linkCountLimit: given.linkCountLimit ?? COUNT,
    eventCountLimit: given.eventCountLimit ?? COUNT,
    attributePerEventCountLimit: given.attributePerEventCountLimit ?? COUNT,
    attributePerLinkCountLimit: given.attributePerLinkCountLimit ?? COUNT,
  };
}
