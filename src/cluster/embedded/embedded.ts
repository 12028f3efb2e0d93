import { ClusterError, ErrorCode, UsageError } from "../../base/errors.ts";
import { optionKeys, requireKnownKeys, requireMethods } from "../../base/options.ts";
import type { Store } from "../../store/contract/store.ts";
import {
  type Connection,
  Durability,
  type Engine,
  type EngineCapabilities,
  type EngineParts,
  type EngineSession,
} from "../engine/engine.ts";
import { SessionBus } from "./session-bus.ts";
import { Lifetime, SessionKeyValue, SessionLog } from "./session-parts.ts";
import { SessionStore } from "./session-store.ts";
import { MAX_MESSAGE_BYTES, SharedState } from "./shared-state.ts";

/** Options of {@link embedded}. */
export interface EmbeddedOptions {
  /** Keeps everything: of the cluster, and of actors. It is closed with the last session of the engine. */
  readonly store: Store;
}

const OPTIONS = optionKeys<EmbeddedOptions>({ store: true });
const STORE_METHODS = ["get", "load", "list", "listKeys", "put", "delete", "batch", "close"];
const NAME = "embedded";

/**
 * Returns the engine of one process, on a store. Several systems of the process may share it. Commands and events survive
 * a restart of the process if the store does.
 *
 * @throws UsageError `ERR_INVALID_OPTION`
 * @example
 * ```ts
 * const engine = embedded({ store: new MemoryStore() });
 * const shop = createSystem({ engine });
 * await shop.shutdown();
 * ```
 */
export function embedded(options: EmbeddedOptions): Engine {
  requireKnownKeys("embedded", options, OPTIONS);
  if (options?.store === undefined) {
    throw new UsageError("`store` is missing in the options of embedded", {
      code: ErrorCode.InvalidOption,
    });
  }
  requireMethods("store", options.store, STORE_METHODS);
  return new EmbeddedEngine(options.store);
}

class EmbeddedEngine implements Engine {
  readonly name = NAME;
  readonly #store: Store;
  #state: Promise<SharedState> | undefined;
  #sessions = 0;
  #isOver = false;

  constructor(store: Store) {
    this.#store = store;
  }

  async open({ clock, leaseTtlMs, onFault }: EngineParts): Promise<EngineSession> {
    if (this.#isOver) {
      throw new ClusterError("the engine is closed, and so is its store", {
        code: ErrorCode.EngineClosed,
      });
    }
    this.#sessions += 1;
    this.#state ??= SharedState.load({ store: this.#store, clock, leaseTtlMs, onFault });
    try {
      const state = await this.#state;
      return new EmbeddedSession(state, this.#store, () => this.#left(state));
    } catch (error) {
      this.#sessions -= 1;
      this.#state = undefined;
      throw error;
    }
  }

  async #left(state: SharedState): Promise<void> {
    this.#sessions -= 1;
    if (this.#sessions > 0) return;
    this.#isOver = true;
    await state.end();
  }
}

class EmbeddedSession implements EngineSession {
  readonly capabilities: EngineCapabilities;
  readonly connection: Connection;
  readonly placements: SessionKeyValue;
  readonly runners: SessionKeyValue;
  readonly leases: SessionKeyValue;
  readonly commands: SessionLog;
  readonly events: SessionLog;
  readonly deadLetters: SessionLog;
  readonly bus: SessionBus;
  readonly store: SessionStore;
  readonly #lifetime = new Lifetime();
  readonly #listeners = new Set<(isConnected: boolean) => void>();
  readonly #left: () => Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(state: SharedState, store: Store, left: () => Promise<void>) {
    this.#left = left;
    this.capabilities = {
      engine: NAME,
      durability: store.durability ?? Durability.Unverified,
      isDistributed: false,
      serverVersion: undefined,
      replicas: 1,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    };
    const lifetime = this.#lifetime;
    const listeners = this.#listeners;
    this.connection = {
      get isConnected() {
        return !lifetime.isClosed;
      },
      onChange: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    this.placements = new SessionKeyValue(state.placements, lifetime);
    this.runners = new SessionKeyValue(state.runners, lifetime);
    this.leases = new SessionKeyValue(state.leases, lifetime);
    this.commands = new SessionLog(state.commands, lifetime);
    this.events = new SessionLog(state.events, lifetime);
    this.deadLetters = new SessionLog(state.deadLetters, lifetime);
    this.bus = new SessionBus(state.bus, state.clock, MAX_MESSAGE_BYTES);
    this.store = new SessionStore(store);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const closing = this.#lifetime.close();
    for (const listener of this.#listeners) listener(false);
    this.bus.close();
    await closing;
    await this.store.close();
    await this.#left();
  }
}
