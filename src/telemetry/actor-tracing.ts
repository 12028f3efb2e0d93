import {
  type Attributes,
  type Context,
  context,
  INVALID_TRACEID,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import type { Clock } from "../base/clock.ts";
import { type ActorIdentity, ActorScope, baseOf, ScopeKind, spanOf } from "./actor-scope.ts";
import { hasTracerProvider } from "./api-globals.ts";
import { Attribute, MessageKind } from "./attributes.ts";
import { hasStores } from "./carrier.ts";
import { SCHEMA_URL, SCOPE_NAME } from "./catalogue.ts";
import { endSpan, startSpan } from "./guarded-spans.ts";
import { markDecided, rootRatio, UnsampledSpan } from "./root-sampling.ts";
import { VERSION } from "./version.ts";

/** How the span of a tell's handler relates to its sender's. */
export const TellRelation = { Child: "child", Link: "link" } as const;
export type TellRelation = (typeof TellRelation)[keyof typeof TellRelation];

/** Tracing of one actor type. */
export interface TypeTracing {
  /** `child` (default) keeps a tell in its sender's trace; `link` starts a trace that links to it. */
  readonly tell?: TellRelation;
  /** Whether a message that comes without a trace starts one. Default true. */
  readonly startsTrace?: boolean;
  /** Share of the traces this type starts that are offered to the SDK's sampler, 0 to 1. Default 1. */
  readonly sampleRatio?: number;
}

/** Tracing of one system. */
export interface SystemTracing {
  /** Share of traces without a parent to record; it can only lower what the SDK's sampler takes. */
  readonly rootSampleRatio?: number;
  /** Where spans go; default is the provider registered with the API. */
  readonly tracerProvider?: TracerProvider;
  /**
   * Ask the SDK's sampler about messages whose trace is not sampled, too. Needed only for samplers that
   * do not follow their parent; costs about 2 µs a message.
   */
  readonly sampleUnsampled?: boolean;
}

/** Whether the sampling of a message that starts a trace is still to be decided. */
export const RootDecision = { Pending: "pending", Sampled: "sampled" } as const;
export type RootDecision = (typeof RootDecision)[keyof typeof RootDecision];

/** What the spans of one message of one type have in common, made once. */
export interface MessageSpanNames {
  readonly handlerName: string;
  readonly askName: string;
  readonly actorType: string;
  readonly messageType: string;
}

/** What the spans of a message must know of it. */
export interface Arrival {
  readonly route: MessageSpanNames & { readonly kind: MessageKind };
  /** Where it was sent: an actor's scope when an actor sent it. */
  readonly context: Context;
  /** Span of the sender, or of the ask. */
  readonly span: Span | undefined;
  /** When it was sent, on the monotonic clock, if that is known. */
  readonly sentAtMs: number | undefined;
}

/** Opens and ends the runtime's spans: one rule for each kind of interaction. */
export class ActorTracing {
  readonly #enabled: boolean;
  readonly #provided: boolean;
  readonly #tracer: Tracer;
  readonly #options: SystemTracing;
  readonly #clock: Clock;
  #lastUnsampled: Context | undefined;

  /** @param options `undefined` switches the runtime's own spans off; contexts still travel */
  constructor(options: SystemTracing | undefined, clock: Clock) {
    this.#clock = clock;
    this.#enabled = options !== undefined;
    this.#options = options ?? {};
    const provider = this.#options.tracerProvider;
    this.#provided = provider !== undefined;
    this.#tracer = (provider ?? trace.getTracerProvider()).getTracer(SCOPE_NAME, VERSION, {
      schemaUrl: SCHEMA_URL,
    });
  }

  /** Whether spans would go anywhere. */
  get active(): boolean {
    return this.#enabled && (this.#provided || hasTracerProvider());
  }

  /**
   * Whether messages sent from `sender` open no spans because its trace is not recorded. Asked for each
   * message, and mostly about the same context: it remembers the last one.
   */
  isUnsampled(sender: Context): boolean {
    if (sender === this.#lastUnsampled) return true;
    const span = spanOf(sender);
    if (span === undefined || joinable(span) === undefined) return false;
    if (this.#inheritedSpan(span, NO_OPTIONS) === undefined) return false;
    if (!hasStores(sender)) this.#lastUnsampled = sender;
    return true;
  }

  /** Decides whether the trace of a message that has none yet is recorded. */
  samplesRoot(tracing: TypeTracing): boolean {
    if (tracing.startsTrace === false) return false;
    const ratio = rootRatio(this.#options.rootSampleRatio) * (tracing.sampleRatio ?? 1);
    return ratio >= 1 || Math.random() < ratio;
  }

  /** The span to carry where it has been drawn that a message without a trace is not to be recorded. */
  unsampledRoot(tracing: TypeTracing): Span {
    return tracing.startsTrace === false ? NO_TRACE : new UnsampledSpan();
  }

  /** The span an ask is made under: a new one, or what the message carries instead. */
  openAsk(
    target: ActorIdentity,
    sendSite: Arrival,
    tracing: TypeTracing,
    decision: RootDecision,
  ): Span {
    const { context: sender, route: names } = sendSite;
    const parent = joinable(sendSite.span);
    if (decision === RootDecision.Pending || parent !== undefined) {
      const inherited = this.#inheritedSpan(parent, tracing);
      if (inherited !== undefined) return inherited;
    }
    const base = parent === undefined ? this.#decided(sender) : sender;
    const attributes: Attributes = {
      [Attribute.ActorId]: target.actorId,
      [Attribute.ActorType]: names.actorType,
      [Attribute.MessageType]: names.messageType,
      [Attribute.MessageKind]: MessageKind.Ask,
    };
    if (sender instanceof ActorScope) attributes[Attribute.SenderId] = sender.actor.actorId;
    return this.#open(names.askName, INTERNAL, attributes, base);
  }

  /** The span a handler runs under: a new one, or the parent when its trace is not recorded. */
  openHandler(
    actor: ActorIdentity,
    arrival: Arrival,
    tracing: TypeTracing,
    decision: RootDecision,
  ): Span | undefined {
    const { span: parent } = arrival;
    const { kind, handlerName } = arrival.route;
    const linked =
      kind === MessageKind.Timer ||
      kind === MessageKind.Signal ||
      (kind === MessageKind.Tell &&
        (tracing.tell === TellRelation.Link || senderOf(arrival) === actor));
    const effectiveParent = linked ? undefined : joinable(parent);
    if (decision === RootDecision.Pending || effectiveParent !== undefined) {
      const inherited = this.#inheritedSpan(effectiveParent, tracing);
      if (inherited !== undefined) return inherited;
    }
    const plain = kind === MessageKind.Ask ? INTERNAL : CONSUMER;
    const options = linked ? { ...plain, root: true, links: linkTo(parent) } : plain;
    const scope = new ActorScope(
      baseOf(arrival.context),
      effectiveParent,
      actor,
      ScopeKind.Handler,
    );
    const context = effectiveParent === undefined ? this.#decided(scope) : scope;
    return this.#open(handlerName, options, this.#handlerAttributes(actor, arrival), context);
  }

  /**
   * A short span of an actor's own: start, stop, restart, task.
   *
   * @param cause the span it links to instead of being its child
   */
  openOwn(
    name: string,
    actor: ActorIdentity,
    base: Context,
    parent: Span | undefined,
    options: { readonly cause?: Span | undefined; readonly attributes?: Attributes } = {},
  ): Span | undefined {
    // What belongs to a message that started no trace starts none either.
    if (!this.active || parent === NO_TRACE) return parent;
    const linked = "cause" in options;
    const effectiveParent = linked ? undefined : joinable(parent);
    const inherited = this.#inheritedSpan(effectiveParent, {});
    if (inherited !== undefined) return inherited;
    const scope = new ActorScope(base, effectiveParent, actor, ScopeKind.Hook);
    const attributes: Attributes = {
      [Attribute.ActorId]: actor.actorId,
      [Attribute.ActorType]: actor.actorType,
      ...options.attributes,
    };
    const context = effectiveParent === undefined ? this.#decided(scope) : scope;
    const links = linked ? { root: true, links: linkTo(options.cause) } : {};
    return this.#open(name, { ...INTERNAL, ...links }, attributes, context);
  }

  /**
   * Runs `write` in a short span of its own that links to the spans of all `causes`: what concerns many
   * traces at once belongs to none of them.
   */
  report(name: string, causes: readonly Span[], attributes: Attributes, write: () => void): void {
    if (!this.active) {
      write();
      return;
    }
    const links = causes.flatMap((cause) => linkTo(cause));
    const options = { ...INTERNAL, root: true, links };
    const span = this.#open(name, options, attributes, this.#decided(ROOT_CONTEXT));
    runUnder(span, write);
    endSpan(span);
  }

  /**
   * Starts a span. Its attributes are set one by one when it is there: given along they cost 0.3 µs each,
   * because the SDK copies and checks them twice. A sampler that looks at more than the parent gets them.
   */
  #open(name: string, options: SpanOptions, attributes: Attributes, context: Context): Span {
    if (this.#options.sampleUnsampled === true) {
      return startSpan(this.#tracer, name, { ...options, attributes }, context);
    }
    const span = startSpan(this.#tracer, name, options, context);
    if (!span.isRecording()) return span;
    for (const key in attributes) {
      const value = attributes[key];
      if (value !== undefined) span.setAttribute(key, value);
    }
    return span;
  }

  /** What to run under without a new span, or `undefined` when one is to be opened. */
  #inheritedSpan(parent: Span | undefined, tracing: TypeTracing): Span | undefined {
    if (parent === undefined) {
      return this.samplesRoot(tracing) ? undefined : this.unsampledRoot(tracing);
    }
    if (this.#options.sampleUnsampled === true) return undefined;
    if (parent instanceof UnsampledSpan) return parent;
    return (parent.spanContext().traceFlags & TraceFlags.SAMPLED) === 0 ? parent : undefined;
  }

  #handlerAttributes(actor: ActorIdentity, arrival: Arrival): Attributes {
    const attributes: Attributes = {
      [Attribute.ActorId]: actor.actorId,
      [Attribute.ActorType]: actor.actorType,
      [Attribute.MessageType]: arrival.route.messageType,
      [Attribute.MessageKind]: arrival.route.kind,
    };
    const sender = senderOf(arrival);
    if (sender !== undefined) attributes[Attribute.SenderId] = sender.actorId;
    const { sentAtMs } = arrival;
    if (sentAtMs !== undefined) {
      attributes[Attribute.WaitMs] = this.#clock.monotonicMs() - sentAtMs;
    }
    return attributes;
  }

  /** The root decision has been made here: the preload's sampler must not decide again. */
  #decided(context: Context): Context {
    return rootRatio(undefined) < 1 ? markDecided(context) : context;
  }
}

const NO_OPTIONS: TypeTracing = {};
const INTERNAL: SpanOptions = Object.freeze({ kind: SpanKind.INTERNAL });
const CONSUMER: SpanOptions = Object.freeze({ kind: SpanKind.CONSUMER });

/** Carried by messages of types that start no traces. */
const NO_TRACE: Span = trace.wrapSpanContext({
  traceId: INVALID_TRACEID,
  spanId: "0000000000000000",
  traceFlags: TraceFlags.NONE,
});

/** `span` where it is of a trace; the span of a message that carries none has no trace to join. */
function joinable(span: Span | undefined): Span | undefined {
  if (span === undefined || span instanceof UnsampledSpan) return span;
  return span.spanContext().traceId === INVALID_TRACEID ? undefined : span;
}

/** The actor that sent the message, if one did. */
function senderOf({ context }: Arrival): ActorIdentity | undefined {
  return context instanceof ActorScope ? context.actor : undefined;
}

function linkTo(cause: Span | undefined): Link[] {
  if (cause === undefined || cause instanceof UnsampledSpan) return [];
  const context = cause.spanContext();
  return context.traceId === INVALID_TRACEID ? [] : [{ context }];
}

/** Runs `fn` with `span` as all there is of context: what it logs is of that trace. */
export function runUnder(span: Span, fn: () => void): void {
  context.with(trace.setSpan(ROOT_CONTEXT, span), fn);
}

/** The trace `span` belongs to; `undefined` for one that nothing is known of outside of this process. */
export function traceIdOf(span: Span | undefined): string | undefined {
  if (span === undefined || span instanceof UnsampledSpan) return undefined;
  const { traceId } = span.spanContext();
  return traceId === INVALID_TRACEID ? undefined : traceId;
}
