import type { AsyncResource } from "node:async_hooks";
import {
  type Context,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
} from "@opentelemetry/api";
import { keepShape } from "../base/shapes.ts";

/** What a scope says about the actor it belongs to; the actor's cell is one. */
export interface ActorIdentity {
  readonly actorId: string;
  readonly actorType: string;
}

/** Which code of the actor runs in a scope. */
export const ScopeKind = { Handler: "handler", Task: "task", Hook: "hook" } as const;
export type ScopeKind = (typeof ScopeKind)[keyof typeof ScopeKind];

/** The key under which the API keeps the active span; it is a registered symbol, equal in all copies. */
const SPAN_KEY = createContextKey("OpenTelemetry Context Key SPAN");

/**
 * The OpenTelemetry context in which an actor's code runs: the context the message came with, plus the
 * actor's identity, plus the span of this message.
 *
 * It links to the context the chain of messages began in, never to the sender's scope, so a ping-pong
 * does not grow a chain; and it copies nothing, where the API's `setValue` copies a Map.
 */
export class ActorScope implements Context {
  readonly base: Context;
  readonly #span: Span | undefined;
  readonly actor: ActorIdentity;
  readonly kind: ScopeKind;
  /**
   * Whether anything may know the scope: a message sent from it, a log line, a look at its span. A scope
   * that is known belongs to its message; one that is not can serve the next as well.
   */
  known = false;
  /** The async frame that has this scope active, once it has proved to be worth keeping. */
  frame: AsyncResource | undefined = undefined;

  constructor(base: Context, span: Span | undefined, actor: ActorIdentity, kind: ScopeKind) {
    this.base = base;
    this.#span = span;
    this.actor = actor;
    this.kind = kind;
  }

  /** Span of the message. Whoever reads it may keep it. */
  get span(): Span | undefined {
    this.known = true;
    return this.#span;
  }

  getValue(key: symbol): unknown {
    return key === SPAN_KEY ? this.span : this.base.getValue(key);
  }

  setValue(key: symbol, value: unknown): ActorScope {
    return key === SPAN_KEY
      ? this.derive(this.base, value as Span | undefined)
      : this.derive(this.base.setValue(key, value), this.span);
  }

  deleteValue(key: symbol): ActorScope {
    return key === SPAN_KEY
      ? this.derive(this.base, undefined)
      : this.derive(this.base.deleteValue(key), this.span);
  }

  /** The same scope on another base. */
  withBase(base: Context): ActorScope {
    return this.derive(base, this.span);
  }

  /** The same scope with another base or span. */
  protected derive(base: Context, span: Span | undefined): ActorScope {
    return new ActorScope(base, span, this.actor, this.kind);
  }
}

/** The span `sender` carries, without the cost of a Map look-up for scopes. */
export function spanOf(sender: Context): Span | undefined {
  if (sender instanceof ActorScope) return sender.span;
  return sender.getValue(SPAN_KEY) as Span | undefined;
}

/** The context below any actor's scope: what a message hands on besides the span. */
export function baseOf(sender: Context): Context {
  return sender instanceof ActorScope ? sender.base : sender;
}

/** The actor whose code is running, as far as OpenTelemetry's context tells. */
export function activeActor(): ActorIdentity | undefined {
  const active = context.active();
  return active instanceof ActorScope ? active.actor : undefined;
}

keepShape(new ActorScope(ROOT_CONTEXT, undefined, undefined as never, ScopeKind.Handler));
