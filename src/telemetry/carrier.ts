import type { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "@opentelemetry/api";
import { ActorScope, baseOf, ScopeKind } from "./actor-scope.ts";
import { activeContext } from "./api-globals.ts";

/**
 * An OpenTelemetry context with stores of AsyncLocalStorages beside it: what a message carries where its
 * system has been told to carry them. It takes the place of a scope's base, so it goes where contexts go.
 */
export class CarriedContext implements Context {
  readonly base: Context;
  readonly carrier: Carrier;
  /** In the order of the carrier's storages. */
  readonly stores: readonly unknown[];

  constructor(base: Context, carrier: Carrier, stores: readonly unknown[]) {
    this.base = base;
    this.carrier = carrier;
    this.stores = stores;
  }

  getValue(key: symbol): unknown {
    return this.base.getValue(key);
  }

  setValue(key: symbol, value: unknown): CarriedContext {
    return new CarriedContext(this.base.setValue(key, value), this.carrier, this.stores);
  }

  deleteValue(key: symbol): CarriedContext {
    return new CarriedContext(this.base.deleteValue(key), this.carrier, this.stores);
  }
}

/** Whether `context` has stores beside it. They belong to a request: it must not be kept for later. */
export function hasStores(context: Context): boolean {
  return baseOf(context) instanceof CarriedContext;
}

const NO_STORES: readonly unknown[] = [];

/** Carries the stores of chosen AsyncLocalStorages from where a message is sent to its handler. */
export class Carrier {
  readonly #storages: readonly AsyncLocalStorage<unknown>[];
  /** The last context made: messages sent one after the other share it, and then also a scope. */
  #last: CarriedContext | undefined;

  constructor(storages: Iterable<AsyncLocalStorage<unknown>>) {
    this.#storages = [...new Set(storages)];
  }

  /** The active context with the present stores; as it is where it says them already, or there are none. */
  activeContext(): Context {
    const active = activeContext();
    const base = baseOf(active);
    if (this.#areCurrent(this.#storesOf(base))) return active;
    const plain = base instanceof CarriedContext ? base.base : base;
    const last = this.#last;
    if (last !== undefined && last.base === plain && this.#areCurrent(last.stores)) {
      return active instanceof ActorScope ? active.withBase(last) : last;
    }
    const stores = this.#storages.map((storage) => storage.getStore());
    const some = stores.some((store) => store !== undefined);
    this.#last = some ? new CarriedContext(plain, this, stores) : undefined;
    const next = this.#last ?? plain;
    return active instanceof ActorScope ? active.withBase(next) : next;
  }

  /** Keeps nothing of the messages sent so far; called after each turn of an actor. */
  forget(): void {
    this.#last = undefined;
  }

  /** Puts the stores that `context` carries in force, until the frame at hand is left. Hooks have none. */
  putInForce(context: Context): void {
    const isHook = context instanceof ActorScope && context.kind === ScopeKind.Hook;
    const stores = isHook ? NO_STORES : this.#storesOf(baseOf(context));
    for (const [at, storage] of this.#storages.entries()) {
      if (storage.getStore() !== stores[at]) storage.enterWith(stores[at]);
    }
  }

  /** Those of this carrier: another system may carry other storages. */
  #storesOf(base: Context): readonly unknown[] {
    return base instanceof CarriedContext && base.carrier === this ? base.stores : NO_STORES;
  }

  #areCurrent(stores: readonly unknown[]): boolean {
    for (let at = 0; at < this.#storages.length; at += 1) {
      if (this.#storages[at]?.getStore() !== stores[at]) return false;
    }
    return true;
  }
}
