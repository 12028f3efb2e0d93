import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import { NatsCluster, NatsServer } from "../_support/nats-server.ts";
import { NatsSessions, soon } from "../_support/nats-sessions.ts";
import { describeEngine } from "../contract/engine.ts";
import type { EngineWorld } from "../contract/engine-world.ts";

const LEASE_TTL_MS = 1_500;

/** Two sessions on real servers, whose time passes by itself. */
class NatsWorld implements EngineWorld {
  readonly leaseTtlMs = LEASE_TTL_MS;
  readonly one: EngineSession;
  readonly other: EngineSession;
  readonly until: EngineWorld["until"] = soon;
  readonly #sessions: NatsSessions;
  readonly #servers: AsyncDisposable;

  private constructor(
    servers: AsyncDisposable,
    sessions: NatsSessions,
    { one, other }: { readonly one: EngineSession; readonly other: EngineSession },
  ) {
    this.#servers = servers;
    this.#sessions = sessions;
    this.one = one;
    this.other = other;
  }

  static async create(
    server: AsyncDisposable,
    addresses: readonly string[],
    replicas: number,
  ): Promise<NatsWorld> {
    const sessions = new NatsSessions({ servers: addresses, replicas });
    const one = await sessions.open({}, LEASE_TTL_MS);
    const other = await sessions.open({}, LEASE_TTL_MS);
    return new NatsWorld(server, sessions, { one, other });
  }

  open(): Promise<EngineSession> {
    return this.#sessions.open({}, LEASE_TTL_MS);
  }

  async settled<Value>(promise: Promise<Value>): Promise<PromiseSettledResult<Value>> {
    const [outcome] = await Promise.allSettled([promise]);
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sessions[Symbol.asyncDispose]();
    await this.#servers[Symbol.asyncDispose]();
  }
}

for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
  describeEngine(`nats on ${version}`, async () => {
    const server = await NatsServer.start({ version });
    return await NatsWorld.create(server, [server.address], 1);
  });
}

describeEngine(`nats on three servers of ${StackVersion.nats}`, async () => {
  const cluster = await NatsCluster.start();
  return await NatsWorld.create(cluster, cluster.addresses, 3);
});
