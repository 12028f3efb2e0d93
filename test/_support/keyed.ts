import type { SystemOptions } from "../../src/index.ts";
import type { Loaded, LoadRequest } from "../../src/store/contract/store.ts";
import { type OpenManualSystem, openManualSystem } from "./actor-system.ts";
import { type Gate, until } from "./actor-waiting.ts";
import { FaultyStore } from "./faulty-store.ts";

/** A store in memory that counts its round trips, and whose loads and batches can be made to wait or fail. */
export class WatchedStore extends FaultyStore {
  loads = 0;
  /** While it is set, loads wait for it. */
  loadGate: Gate | undefined = undefined;
  /** Thrown by the next loads. */
  loadError: Error | undefined = undefined;
  closed = false;

  /** Loads and batches so far. */
  get roundTrips(): number {
    return this.loads + this.batches.length;
  }

  override async load(request: LoadRequest): Promise<Loaded> {
    this.loads += 1;
    const loaded = await super.load(request);
    await this.loadGate?.opened;
    if (this.loadError !== undefined) throw this.loadError;
    return loaded;
  }

  override async close(): Promise<void> {
    this.closed = true;
    await super.close();
  }

  /** The record of an actor. */
  async meta(name: string): Promise<Record<string, unknown> | undefined> {
    const text = await this.text(`m/${name}`);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** The stored state of an actor. */
  async state(name: string): Promise<unknown> {
    const text = await this.text(`s/${name}`);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** All keys. */
  async allKeys(): Promise<readonly string[]> {
    return (await this.listKeys("")).keys;
  }
}

/** A system with keyed actors, on a manual clock. */
export type OpenKeyed = OpenManualSystem & { readonly store: WatchedStore };

/** Opens a system whose keyed actors are stored in `store`. */
export function openKeyed(
  options: SystemOptions = {},
  store: WatchedStore = new WatchedStore(),
): OpenKeyed {
  return Object.assign(openManualSystem({ ...options, store }), { store });
}

/** Resolves when all actors of the system sleep. */
export function allAsleep({ system }: OpenManualSystem): Promise<void> {
  return until(() => system.books().active === 0);
}

/** What a promise was rejected with, as plain values. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ readonly code: unknown; readonly causeCode: unknown; readonly cause: unknown }> {
  try {
    await promise;
    return { code: undefined, causeCode: undefined, cause: undefined };
  } catch (thrown) {
    const { code, cause } = thrown as { readonly code?: unknown; readonly cause?: unknown };
    const { message, code: causeCode } = (cause ?? {}) as {
      readonly message?: string;
      code?: string;
    };
    return { code, causeCode, cause: message };
  }
}

/** The same entries for another system: a store serves one system only, which closes it. */
export function viewOf(store: WatchedStore): WatchedStore {
  const view = new WatchedStore();
  const names = ["get", "load", "list", "listKeys", "batch", "text", "state", "meta"] as const;
  for (const name of names) {
    Object.defineProperty(view, name, {
      configurable: true,
      value: (store[name] as () => unknown).bind(store),
    });
  }
  return view;
}
