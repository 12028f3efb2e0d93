import type { Handles } from "../client/client-types.ts";
import { ConnectionStatus } from "../client/connection-types.ts";
import type { LiveConnection } from "../client/live-connection.ts";
import { systemPlatform } from "../client/platform.ts";

/** The actors of a type, as `createClient` makes them. */
interface AnyHandles {
  get(key: string | readonly string[]): {
    connect(options: { readonly params?: unknown }): LiveConnection;
  };
}

interface Shared {
  readonly connection: LiveConnection;
  users: number;
}

/** Connections that components use, by handles, and by key and params. */
const connections = new WeakMap<AnyHandles, Map<string, Shared>>();

/** One actor, key and params of a component. Making it connects nothing: a render may be thrown away. */
export class SharedConnection {
  readonly #handles: AnyHandles;
  readonly #id: string;

  /** @param id made by {@link connectionId} */
  constructor(handles: Handles<never>, id: string) {
    this.#handles = handles as unknown as AnyHandles;
    this.#id = id;
  }

  /** The connection, if a component uses it. */
  get present(): LiveConnection | undefined {
    return connections.get(this.#handles)?.get(this.#id)?.connection;
  }

  /** Returns the connection, which is opened if no component uses it, and what ends this use of it. */
  use(): { readonly connection: LiveConnection; release(): void } {
    let all = connections.get(this.#handles);
    if (all === undefined) {
      all = new Map();
      connections.set(this.#handles, all);
    }
    const known = all.get(this.#id);
    // A component that is mounted anew connects again, also in the commit that has unmounted the last one.
    const isPast = known?.users === 0 && known.connection.status === ConnectionStatus.Closed;
    const shared = known === undefined || isPast ? this.#open(all) : known;
    shared.users += 1;
    let isReleased = false;
    return {
      connection: shared.connection,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        shared.users -= 1;
        if (shared.users === 0) this.#closeSoon(shared, all);
      },
    };
  }

  /** Uses the connection until the returned function is called. */
  during(begin: (connection: LiveConnection) => () => void): () => void {
    const { connection, release } = this.use();
    const end = begin(connection);
    return () => {
      end();
      release();
    };
  }

  #open(all: Map<string, Shared>): Shared {
    const { key, params } = JSON.parse(this.#id) as {
      readonly key: readonly string[];
      readonly params?: unknown;
    };
    const connection = this.#handles.get(key).connect({ params });
    const shared = { connection, users: 0 };
    all.set(this.#id, shared);
    return shared;
  }

  /** Closes it unless a component uses it again at once: React's StrictMode mounts each component twice. */
  #closeSoon(shared: Shared, all: Map<string, Shared>): void {
    systemPlatform.schedule(() => {
      if (shared.users > 0) return;
      if (all.get(this.#id) === shared) all.delete(this.#id);
      void shared.connection.close();
    }, 0);
  }
}

/** Returns key and params as a text: components with the same one share a connection. */
export function connectionId(key: string | readonly string[], params: unknown): string {
  return JSON.stringify({ key: [key].flat(), params });
}
