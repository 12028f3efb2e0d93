import {
  type Attributes,
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type TracerProvider,
} from "@opentelemetry/api";
import type { Clock } from "../../base/clock.ts";
import { Attribute, MessageKind } from "../attributes.ts";
import { SCHEMA_URL, SCOPE_NAME } from "../catalogue.ts";
import {
  type ActorIdentity,
  ActorScope,
  baseOf,
  ScopeKind,
  spanOf,
  UNREAD,
} from "../context/actor-scope.ts";
import { context, type SpanSource, trace } from "../context/api.ts";
import { hasTracerProvider } from "../context/api-globals.ts";
import { hasStores } from "../context/carrier.ts";
import { markDecided } from "../context/decided.ts";
import { requestOf } from "../context/request-origin.ts";
import { UnsampledSpan } from "../context/unsampled-span.ts";
import { LeanSpan } from "../spans/lean-span.ts";
import { leanTracerOf } from "../spans/lean-tracer.ts";
import { VERSION } from "../version.ts";
import { endSpan, startLazily, startSpan } from "./guarded-spans.ts";
import { MessageFacts } from "./message-facts.ts";
import { joinable, linkTo, NO_TRACE } from "./related-spans.ts";
import { rootRatio } from "./root-sampling.ts";

/**
 * How the span of a handler of a tell relates to its sender's span.
 *
 * @enum
 */
export const TellRelation = { Child: "child", Link: "link" } as const;
export type TellRelation = (typeof TellRelation)[keyof typeof TellRelation];

/** Tracing options of one actor type. */
export interface TypeTracing {
  /** `child` (default) keeps a tell in its sender's trace; `link` starts a trace that links to it. */
  readonly tell?: TellRelation;
  /** Whether a message that arrives without a trace starts one. Default true. */
  readonly startsTrace?: boolean;
  /** Share of the traces this type starts that are offered to the SDK's sampler, 0 to 1. Default 1. */
  readonly sampleRatio?: number;
}

/** Tracing options of one system. */
export interface SystemTracing {
  /**
   * Share of traces without a parent to record, 0 to 1. It can only lower the share the SDK's sampler
   * records. Default 1.
   */
  readonly rootSampleRatio?: number;
  /** Provider of the spans. Default: the provider registered with the API. */
  readonly tracerProvider?: TracerProvider;
  /**
   * Whether the SDK's sampler is also called for messages whose trace is not sampled. Needed only for
   * samplers that do not follow their parent; costs about 2 µs per message. Default `false`.
   */
  readonly sampleUnsampled?: boolean;
}

/** Whether the sampling decision of a message that starts a trace is still pending. */
export const RootDecision = { Pending: "pending", Sampled: "sampled" } as const;
export type RootDecision = (typeof RootDecision)[keyof typeof RootDecision];

/** What the spans of all messages of one type have in common, built once. */
export interface MessageSpanNames {
  readonly handlerName: string;
  readonly askName: string;
  readonly actorType: string;
  readonly messageType: string;
}

/** What the spans of a message need to know about it. */
export interface Arrival {
  readonly route: MessageSpanNames & { readonly kind: MessageKind };
  /** Context the message was sent in: an actor's scope when an actor sent it. */
  readonly context: Context;
  /** Span of the sender, or of the ask. */
  readonly span: Span | undefined;
  /** When the message was sent, on the monotonic clock in milliseconds, if known. */
  readonly sentAtMs: number | undefined;
}

/** Opens and ends the runtime's spans, with one rule for each kind of interaction. */
export class ActorTracing {
  readonly #enabled: boolean;
  readonly #provided: boolean;
  readonly #tracer: SpanSource;
  readonly #options: SystemTracing;
  readonly #clock: Clock;
  #lastUnsampled: Context | undefined;
  #lastUnsampledSpan: Span | undefined;

  /** @param options `undefined` switches the runtime's own spans off; contexts are still propagated */
  constructor(options: SystemTracing | undefined, clock: Clock) {
    this.#clock = clock;
    this.#enabled = options !== undefined;
    this.#options = options ?? {};
    const provider = this.#options.tracerProvider;
    this.#provided = provider !== undefined;
    this.#tracer =
      provider?.getTracer(SCOPE_NAME, VERSION, { schemaUrl: SCHEMA_URL }) ??
      trace.getTracer(SCOPE_NAME, VERSION, SCHEMA_URL);
  }

  /** Whether spans are opened: tracing is on and a tracer provider is given or registered. */
  get active(): boolean {
    return this.#enabled && (this.#provided || hasTracerProvider());
  }

  /**
   * Whether messages sent from `sender` open no spans because its trace is not recorded. It is called for
   * each message, mostly with the same context, or with contexts of the same span, so the last ones are cached.
   */
  isUnsampled(sender: Context): boolean {
    if (sender === this.#lastUnsampled) return true;
    const span = spanOf(sender);
    if (span === undefined) return false;
    if (span === this.#lastUnsampledSpan) return true;
    if (joinable(span) === undefined) return false;
    if (this.#inheritedSpan(span, NO_OPTIONS) === undefined) return false;
    this.#lastUnsampledSpan = span;
    if (!hasStores(sender)) this.#lastUnsampled = sender;
    return true;
  }

  /** Decides whether the trace of a message that has none yet is recorded. */
  samplesRoot(tracing: TypeTracing): boolean {
    if (tracing.startsTrace === false) return false;
    const ratio = rootRatio(this.#options.rootSampleRatio) * (tracing.sampleRatio ?? 1);
    return ratio >= 1 || Math.random() < ratio;
  }

  /** Returns what the scope of a message without a trace gets as its span when that has been sampled out. */
  unsampledRoot(tracing: TypeTracing): Span | typeof UNREAD {
    return tracing.startsTrace === false ? NO_TRACE : UNREAD;
  }

  /** Returns the span of an ask: a new one, or the one the message carries instead. */
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
    const senderId = sender instanceof ActorScope ? sender.actor.actorId : undefined;
    const { messageType } = names;
    const facts = new MessageFacts(
      target,
      messageType,
      MessageKind.Ask,
      senderId,
      undefined,
      undefined,
    );
    // An ask of an actor in another process is a remote call.
    const kind = target.elsewhere === true ? CLIENT : INTERNAL;
    return this.#openMessage(names.askName, kind, facts, parent, sender);
  }

  /** Returns the span a handler runs under: a new one, or the parent when its trace is not recorded. */
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
      kind === MessageKind.Schedule ||
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
    return this.#openMessage(
      handlerName,
      options,
      this.#factsOf(actor, arrival),
      effectiveParent,
      scope,
    );
  }

  /**
   * Opens the span of a request from outside, or returns that of its parent if its trace is not recorded.
   *
   * @param attributes known at the start; a sampler may decide by them
   * @param kind `CONSUMER` for a stored message of another process
   */
  openServer(
    name: string,
    parent: Context,
    links: Link[],
    attributes: Attributes,
    kind: SpanKind = SpanKind.SERVER,
  ): Span {
    const before = joinable(spanOf(parent));
    const inherited = this.#inheritedSpan(before, NO_OPTIONS);
    if (inherited !== undefined) return inherited;
    const base = before === undefined ? this.#decided(parent) : parent;
    const options = { kind, attributes, links };
    return startSpan(this.#tracer, name, options, base);
  }

  /**
   * Opens a short span for an actor's own work: start, stop, restart or task.
   *
   * @param cause the span to link to; without it the new span is a child
   * @param consumes whether the work is a message from elsewhere
   * @param produces whether the work is a message to elsewhere
   * @param tracing decides whether work without a parent starts a trace. Default: that of a type without options
   */
  openOwn(
    name: string,
    actor: ActorIdentity,
    base: Context,
    parent: Span | undefined,
    options: {
      readonly cause?: Span | undefined;
      readonly consumes?: boolean;
      readonly produces?: boolean;
      readonly attributes?: Attributes;
      readonly tracing?: TypeTracing;
    } = {},
  ): Span | undefined {
    // Work caused by a message that started no trace starts none either.
    if (!this.active || parent === NO_TRACE) return parent;
    const linked = "cause" in options;
    const effectiveParent = linked ? undefined : joinable(parent);
    const inherited = this.#inheritedSpan(effectiveParent, options.tracing ?? NO_OPTIONS);
    if (inherited !== undefined) return inherited;
    const scope = new ActorScope(base, effectiveParent, actor, ScopeKind.Hook);
    const attributes: Attributes = { ...identityOf(actor), ...options.attributes };
    const context = effectiveParent === undefined ? this.#decided(scope) : scope;
    const links = linked ? { root: true, links: linkTo(options.cause) } : {};
    const { consumes, produces } = options;
    const kind = consumes === true ? CONSUMER : produces === true ? PRODUCER : INTERNAL;
    return this.#open(name, { ...kind, ...links }, attributes, context);
  }

  /**
   * Runs `write` in a short span that links to the spans of all `causes`.
   *
   * An event that concerns many traces at once belongs to none of them.
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
   * Starts the span of a message. limelight's own provider composes its attributes when they are read.
   *
   * @param context its active span is `parent`
   */
  #openMessage(
    name: string,
    options: SpanOptions,
    facts: MessageFacts,
    parent: Span | undefined,
    context: Context,
  ): Span {
    const tracer = this.#options.sampleUnsampled === true ? undefined : leanTracerOf(this.#tracer);
    if (tracer === undefined) {
      const base = parent === undefined ? this.#decided(context) : context;
      return this.#open(name, options, facts.attributes(), base);
    }
    const { kind = SpanKind.INTERNAL, links } = options;
    const drawn = parent === undefined && rootRatio(undefined) < 1;
    return startLazily(tracer, { name, kind, source: facts, parent, links, drawn }, context);
  }

  /**
   * Starts a span. Attributes are set one by one afterwards: passed as options they cost 0.3 µs each, because
   * the SDK copies and validates them twice. They are passed only for a sampler that reads more than the
   * parent.
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

  /** Returns the span to run under when no new span is opened, else `undefined`. */
  #inheritedSpan(parent: Span | undefined, tracing: TypeTracing): Span | undefined {
    if (parent === undefined) {
      if (this.samplesRoot(tracing)) return undefined;
      return tracing.startsTrace === false ? NO_TRACE : new UnsampledSpan();
    }
    if (this.#options.sampleUnsampled === true) return undefined;
    if (parent instanceof UnsampledSpan) return parent;
    if (parent instanceof LeanSpan) return parent.isSampled ? undefined : parent;
    return (parent.spanContext().traceFlags & TraceFlags.SAMPLED) === 0 ? parent : undefined;
  }

  #factsOf(actor: ActorIdentity, arrival: Arrival): MessageFacts {
    const { context, route, sentAtMs } = arrival;
    return new MessageFacts(
      actor,
      route.messageType,
      route.kind,
      senderOf(arrival)?.actorId,
      requestOf(context)?.requestId,
      sentAtMs === undefined ? undefined : this.#clock.monotonicMs() - sentAtMs,
    );
  }

  /** The root decision was made here, so the preload's sampler must not decide again. */
  #decided(context: Context): Context {
    return rootRatio(undefined) < 1 ? markDecided(context) : context;
  }
}

const NO_OPTIONS: TypeTracing = {};
const INTERNAL: SpanOptions = Object.freeze({ kind: SpanKind.INTERNAL });
const CLIENT: SpanOptions = Object.freeze({ kind: SpanKind.CLIENT });
const CONSUMER: SpanOptions = Object.freeze({ kind: SpanKind.CONSUMER });
const PRODUCER: SpanOptions = Object.freeze({ kind: SpanKind.PRODUCER });

function identityOf(actor: ActorIdentity): Attributes {
  const { actorId, actorType, actorKey, generation } = actor;
  const identity = { [Attribute.ActorId]: actorId, [Attribute.ActorType]: actorType };
  if (actorKey === undefined) return identity;
  const keyed = { ...identity, [Attribute.ActorKey]: actorKey };
  return generation === undefined ? keyed : { ...keyed, [Attribute.Generation]: generation };
}

/** Returns the actor that sent the message, if an actor did. */
function senderOf({ context }: Arrival): ActorIdentity | undefined {
  return context instanceof ActorScope ? context.actor : undefined;
}

/** Runs `fn` in a context that contains only `span`, so that its log lines belong to that trace. */
export function runUnder(span: Span, fn: () => void): void {
  context.with(trace.setSpan(ROOT_CONTEXT, span), fn);
}
