import type { NatsConnection } from "@nats-io/transport-node";
import { Deferred } from "../../src/base/async/deferred.ts";
import { systemClock } from "../../src/base/clock.ts";
import { type NatsOptions, readNatsOptions } from "../../src/cluster/nats-client/nats-options.ts";
import { Uplink } from "../../src/cluster/nats-client/uplink.ts";
import { NatsStore } from "../../src/cluster/nats-store/nats-store.ts";
import type { NatsStoreSettings } from "../../src/cluster/nats-store/settings.ts";

let uplinks = 0;

/** A connection as a session of the engine has it. @param to addresses, or all options */
export function uplinkTo(to: string | readonly string[] | NatsOptions): Promise<Uplink> {
  uplinks += 1;
  const options = typeof to === "object" && "servers" in to ? to : { servers: to };
  return Uplink.open({
    settings: readNatsOptions(options),
    clock: systemClock,
    runnerId: `store-${process.pid}-${uplinks}`,
    onFault: () => {},
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
  readonly uplink: Uplink;
  readonly store: NatsStore;

  private constructor(uplink: Uplink, store: NatsStore) {
    this.uplink = uplink;
    this.store = store;
  }

  /** The client of its connection. */
  get connection(): NatsConnection {
    return this.uplink.client;
  }

  static async open(
    server: { readonly address: string | readonly string[] },
    settings: Partial<NatsStoreSettings> = {},
  ): Promise<NatsWorld> {
    const uplink = await uplinkTo(server.address);
    try {
      const namespace = settings.namespace ?? freshNamespace();
      const store = await NatsStore.open(uplink, { ...settings, namespace });
      return new NatsWorld(uplink, store);
    } catch (thrown) {
      await uplink.close();
      throw thrown;
    }
  }

  /** Resolves when the connection is lost. */
  async disconnected(): Promise<void> {
    const lost = new Deferred<void>();
    const forget = this.uplink.onChange(() => lost.resolve());
    await lost.promise;
    forget();
  }

  /** Closes the store, then the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    await this.uplink.close();
  }
}
