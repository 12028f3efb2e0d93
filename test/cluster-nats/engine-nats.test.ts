import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../src/base/clock.ts";
import type { EngineFault, EngineSession } from "../../src/cluster/engine/engine.ts";
import { nats } from "../../src/cluster/nats/nats.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import { NatsCluster, NatsServer } from "../_support/nats-server.ts";
import { describeEngine } from "../contract/engine.ts";
import type { EngineWorld } from "../contract/engine-world.ts";

const LEASE_TTL_MS = 1_500;
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 10;

let opened = 0;

function openSession(servers: readonly string[], replicas: number): Promise<EngineSession> {
  opened += 1;
  return nats({ servers, replicas }).open({
    clock: systemClock,
    luck: Math.random,
    runnerId: `runner-${process.pid}-${opened}`,
    leaseTtlMs: LEASE_TTL_MS,
    onFault: ({ kind, text, error }: EngineFault) => {
      process.stderr.write(`fault ${kind}: ${text}: ${error?.message ?? ""}\n`);
    },
  });
}

/** Two sessions on real servers, whose time passes by itself. */
class NatsWorld implements EngineWorld {
  readonly leaseTtlMs = LEASE_TTL_MS;
  readonly one: EngineSession;
  readonly other: EngineSession;
  readonly open: () => Promise<EngineSession>;
  readonly #servers: AsyncDisposable;

  private constructor(
    servers: AsyncDisposable,
    open: () => Promise<EngineSession>,
    sessions: { readonly one: EngineSession; readonly other: EngineSession },
  ) {
    this.#servers = servers;
    this.open = open;
    this.one = sessions.one;
    this.other = sessions.other;
  }

  static async create(
    servers: AsyncDisposable,
    addresses: readonly string[],
    replicas: number,
  ): Promise<NatsWorld> {
    const open = (): Promise<EngineSession> => openSession(addresses, replicas);
    return new NatsWorld(servers, open, { one: await open(), other: await open() });
  }

  async until<Found>(
    what: string,
    read: () => Promise<Found | undefined> | Found | undefined,
  ): Promise<Found> {
    const giveUpMs = performance.now() + PATIENCE_MS;
    while (performance.now() < giveUpMs) {
      const found = await read();
      if (found !== undefined) return found;
      await delay(LOOK_AGAIN_MS);
    }
    throw new Error(`still not ${what}`);
  }

  async settled<Value>(promise: Promise<Value>): Promise<PromiseSettledResult<Value>> {
    const [outcome] = await Promise.allSettled([promise]);
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.one.close();
    await this.other.close();
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
