import {
  trace as api,
  type Context,
  type ContextManager,
  context as contextApi,
  createContextKey,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  type Tracer,
  type TracerProvider,
} from "@opentelemetry/api";
import { activeIn, apiGlobals } from "./api-globals.ts";

/*
 * The part of `@opentelemetry/api` that the runtime uses, on top of the object that all copies of the API share.
 *
 * The API's own `context`, `trace`, `metrics` and `diag` ignore an SDK that was registered by an older copy.
 * With an SDK 2.x, npm installs such a copy for the application and a newer one for limelight. Only this
 * module may use them; a test checks that.
 */

/**
 * The key under which the API stores the active span. It is a registered symbol, equal in all copies of the
 * API.
 */
export const SPAN_KEY: symbol = createContextKey("OpenTelemetry Context Key SPAN");

/** The key by which OpenTelemetry's SDKs recognize code that opens no spans. Keys of one name are one symbol. */
export const SUPPRESS_TRACING: symbol = Symbol.for(
  "OpenTelemetry SDK Context Key SUPPRESS_TRACING",
);

/** What the runtime needs of a tracer. */
export type SpanSource = Pick<Tracer, "startSpan">;

/** As the API's `context`. */
export const context = {
  /** Returns the active context, or the root context. */
  active(): Context {
    const manager = apiGlobals().context;
    return manager === undefined ? ROOT_CONTEXT : activeIn(manager);
  },

  /** Calls `fn` in `active`. */
  with<Result>(active: Context, fn: () => Result): Result {
    const manager = apiGlobals().context;
    return manager === undefined ? fn() : manager.with(active, fn);
  },

  /** Registers `manager`, unless one is registered. */
  register(manager: ContextManager): void {
    const shared = apiGlobals() as { version?: string; context?: ContextManager };
    // The API would refuse to complete the registration of a copy with another version.
    if (shared.version === undefined) contextApi.setGlobalContextManager(manager);
    else shared.context ??= manager;
  },
};

/** As the API's `trace`. */
export const trace = {
  /** Returns a tracer of the registered provider, also if that is registered later or replaced. */
  getTracer(name: string, version: string, schemaUrl: string): SpanSource {
    return new LateTracer(name, version, schemaUrl);
  },

  /** Returns `base` with `span` as its active span. */
  setSpan(base: Context, span: Span): Context {
    return base.setValue(SPAN_KEY, span);
  },

  /** Returns the identity of the active span of `active`. */
  getSpanContext(active: Context): SpanContext | undefined {
    return (active.getValue(SPAN_KEY) as Span | undefined)?.spanContext();
  },

  /** Returns a span that records nothing. */
  wrapSpanContext(spanContext: SpanContext): Span {
    return api.wrapSpanContext(spanContext);
  },
};

/** As the API's `propagation`. */
export const propagation = {
  /**
   * Returns `base` with what the registered propagator reads. It may read more headers than it writes.
   *
   * @param header returns the value of a header, by its name in lower case
   */
  extract(base: Context, header: HeaderReader): Context {
    return apiGlobals().propagation?.extract(base, header, HEADER_GETTER) ?? base;
  },

  /** Returns what the registered propagator writes of `active`, by names in lower case. */
  inject(active: Context): Readonly<Record<string, string>> {
    const written: Record<string, string> = {};
    apiGlobals().propagation?.inject(active, written, FIELD_SETTER);
    return written;
  },

  /** Names of the headers that the registered propagator writes, in lower case. */
  fields(): readonly string[] {
    const propagator = apiGlobals().propagation;
    if (propagator !== knownPropagator) {
      knownPropagator = propagator;
      knownFields = propagator?.fields().map((name) => name.toLowerCase()) ?? [];
    }
    return knownFields;
  },
};
type HeaderReader = (name: string) => string | undefined;
const HEADER_GETTER: TextMapGetter<HeaderReader> = {
  get: (header, name) => header(name.toLowerCase()),
  keys: () => [...propagation.fields()],
};
const FIELD_SETTER: TextMapSetter<Record<string, string>> = {
  set: (fields, name, value) => {
    fields[name.toLowerCase()] = value;
  },
};
let knownPropagator: TextMapPropagator | undefined;
let knownFields: readonly string[] = [];

/** As the API's `diag`: reports to the logger that the application has installed, if any. */
export const diag = {
  error(text: string, ...details: unknown[]): void {
    apiGlobals().diag?.error(text, ...details);
  },

  warn(text: string, ...details: unknown[]): void {
    apiGlobals().diag?.warn(text, ...details);
  },
};

/** A tracer that asks for the registered provider at each span. */
export class LateTracer implements SpanSource {
  readonly #name: string;
  readonly #version: string;
  readonly #options: { readonly schemaUrl: string };
  #provider: TracerProvider | undefined;
  #tracer: Tracer | undefined;

  constructor(name: string, version: string, schemaUrl: string) {
    this.#name = name;
    this.#version = version;
    this.#options = { schemaUrl };
    void this.current; // providers may start with the first tracer
  }

  startSpan(name: string, options: SpanOptions = {}, parent: Context = context.active()): Span {
    const tracer = this.current;
    if (tracer !== undefined) return tracer.startSpan(name, options, parent);
    const inherited = options.root === true ? undefined : trace.getSpanContext(parent);
    const valid = inherited !== undefined && isSpanContextValid(inherited);
    return trace.wrapSpanContext(valid ? inherited : INVALID_SPAN_CONTEXT);
  }

  /** The tracer of the registered provider. */
  get current(): Tracer | undefined {
    const provider = apiGlobals().trace;
    if (provider !== this.#provider) {
      this.#provider = provider;
      this.#tracer = provider?.getTracer(this.#name, this.#version, this.#options);
    }
    return this.#tracer;
  }
}
