import type { AsyncResource } from "node:async_hooks";
import { type Context, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import { keepShape } from "../../base/shapes.ts";
import { context, SPAN_KEY } from "./api.ts";

/** Identity of the actor that a scope belongs to. The actor's cell implements it. */
export interface ActorIdentity {
  readonly actorId: string;
  readonly actorType: string;
  /** Key of a keyed actor; other actors have none. */
  readonly actorKey?: string | undefined;
  /** Number of the activation of a keyed actor; `undefined` until its record has been read. */
  readonly generation?: number | undefined;
  /** Whether the actor is in another process. Default: it is in this one. */
  readonly elsewhere?: boolean;
  /** Id of the request that the message being handled belongs to, where the active context does not have it. */
  readonly requestId?: string | undefined;
}

/** Which kind of an actor's code runs in a scope. */
export const ScopeKind = { Handler: "handler", Task: "task", Hook: "hook" } as const;
export type ScopeKind = (typeof ScopeKind)[keyof typeof ScopeKind];

/**
 * The OpenTelemetry context in which an actor's code runs: the context the message carried, the actor's
 * identity, and the span of the message.
 *
 * The parent is the context in which the chain of messages began, never the sender's scope, so a ping-pong
 * does not build a chain of scopes. Nothing is copied, whereas the API's `setValue` copies a Map.
 */
export class ActorScope implements Context {
  readonly base: Context;
  readonly #span: Span | undefined;
  readonly actor: ActorIdentity;
  readonly kind: ScopeKind;
  /**
   * Whether the scope may have been referenced: by a message sent from it, by a log line, or by a read of its
   * span. A referenced scope belongs to its message; any other is reused for the next message.
   */
  known = false;
  /** Async frame in which this scope is active, cached once the scope is used again. */
  frame: AsyncResource | undefined = undefined;

  constructor(base: Context, span: Span | undefined, actor: ActorIdentity, kind: ScopeKind) {
    this.base = base;
    this.#span = span;
    this.actor = actor;
    this.kind = kind;
  }

  /** Span of the message. A reader may keep it, so reading it marks the scope as known. */
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

  /** Returns the same scope on another base. */
  withBase(base: Context): ActorScope {
    return this.derive(base, this.span);
  }

  /** Returns the same scope with another base or span. */
  protected derive(base: Context, span: Span | undefined): ActorScope {
    return new ActorScope(base, span, this.actor, this.kind);
  }
}

/** Returns the span that `sender` carries. Scopes need no Map look-up. */
export function spanOf(sender: Context): Span | undefined {
  if (sender instanceof ActorScope) return sender.span;
  return sender.getValue(SPAN_KEY) as Span | undefined;
}

/** Returns the context below any actor's scope: what a message carries besides the span. */
export function baseOf(sender: Context): Context {
  return sender instanceof ActorScope ? sender.base : sender;
}

/** Returns the actor whose code is running, as recorded in the active OpenTelemetry context. */
export function activeActor(): ActorIdentity | undefined {
  const active = context.active();
  return active instanceof ActorScope ? active.actor : undefined;
}

keepShape(new ActorScope(ROOT_CONTEXT, undefined, undefined as never, ScopeKind.Handler));
