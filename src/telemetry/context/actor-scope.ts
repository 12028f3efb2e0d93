import type { AsyncResource } from "node:async_hooks";
import { type Context, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import { keepShape } from "../../base/shapes.ts";
import { context, SPAN_KEY } from "./api.ts";
import { scopeStorage } from "./scope-storage.ts";
import { UnsampledSpan } from "./unsampled-span.ts";

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

/** In place of the span of a trace that starts with the message and is not recorded. Few of these spans are ever read. */
export const UNREAD: unique symbol = Symbol("limelight.unread");

/**
 * The OpenTelemetry context in which an actor's code runs: the context the message carried, the actor's
 * identity, and the span of the message.
 *
 * The parent is the context in which the chain of messages began, never the sender's scope, so a ping-pong
 * does not build a chain of scopes. Nothing is copied, whereas the API's `setValue` copies a Map.
 */
export class ActorScope implements Context {
  readonly base: Context;
  #span: Span | undefined | typeof UNREAD;
  readonly actor: ActorIdentity;
  readonly kind: ScopeKind;
  /** Async frame in which this scope is active, cached once the scope is used again. Unused where it is a frame itself. */
  frame: AsyncResource | undefined = undefined;

  /** @param span {@link UNREAD} for the span of a trace of its own that is not recorded: it is created at the first read */
  constructor(
    base: Context,
    span: Span | undefined | typeof UNREAD,
    actor: ActorIdentity,
    kind: ScopeKind,
  ) {
    this.base = base;
    this.#span = span;
    this.actor = actor;
    this.kind = kind;
  }

  /** Span of the message. */
  get span(): Span | undefined {
    if (this.#span === UNREAD) this.#span = new UnsampledSpan();
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

  /** As a frame of Node (see `scope-frames`): whether it has a store of `storage`. */
  has(storage: unknown): boolean {
    return storage === scopeStorage;
  }

  /** As a frame of Node: returns the store of `storage`. */
  get(storage: unknown): this | undefined {
    return storage === scopeStorage ? this : undefined;
  }

  /** As a frame of Node: the entries, from which another frame is made when a store is added. */
  [Symbol.iterator](): ArrayIterator<[unknown, this]> {
    return [[scopeStorage, this] as [unknown, this]].values();
  }

  /** As a frame of Node: called when an AsyncLocalStorage is disabled. A scope is shared and does not change. */
  disable(): void {}

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
