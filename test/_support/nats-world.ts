import { connect, type NatsConnection } from "@nats-io/transport-node";
import { NatsStore } from "../../src/cluster/nats-store/nats-store.ts";
import type { NatsStoreSettings } from "../../src/cluster/nats-store/settings.ts";

/** A connection for tests, with the settings of the engine: it reconnects for ever, and soon. */
export function connectTo(address: string | readonly string[]): Promise<NatsConnection> {
  return connect({
    servers: typeof address === "string" ? address : [...address],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
    reconnectJitter: 20,
    pingInterval: 2_000,
    maxPingOut: 2,
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
  });
}

let namespaces = 0;

/** Returns a namespace that no other test of this process uses. */
export function freshNamespace(): string {
  namespaces += 1;
  return `test${namespaces}`;
}

/** A store with a connection of its own, as a process would have. */
export class NatsWorld implements AsyncDisposable {
  readonly connection: NatsConnection;
  readonly store: NatsStore;

  private constructor(connection: NatsConnection, store: NatsStore) {
    this.connection = connection;
    this.store = store;
  }

  static async open(
    server: { readonly address: string | readonly string[] },
    settings: Partial<NatsStoreSettings> = {},
  ): Promise<NatsWorld> {
    const connection = await connectTo(server.address);
    try {
      const namespace = settings.namespace ?? freshNamespace();
      const store = await NatsStore.open(connection, { ...settings, namespace });
      return new NatsWorld(connection, store);
    } catch (thrown) {
      await connection.close();
      throw thrown;
    }
  }

  /** Resolves when the connection is lost. */
  async disconnected(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === "disconnect") return;
    }
  }

  /** Closes the store, then the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    await this.connection.close();
  }
}
