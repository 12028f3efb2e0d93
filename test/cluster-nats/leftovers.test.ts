import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BirthSweep } from "../../src/activation/residence/birth-sweep.ts";
import { decodePlacement } from "../../src/cluster/codec/placement-codec.ts";
import { decodeRunner } from "../../src/cluster/codec/runner-codec.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import { addressOf } from "../../src/cluster/protocol/address.ts";
import { nats } from "../../src/cluster.ts";
import { createSystem } from "../../src/index.ts";
import { ManualClock } from "../../src/testing.ts";
import { StackVersion } from "../../tools/stack/versions.ts";
import { codeOf } from "../_support/actor-waiting.ts";
import { ledger, unborn } from "../_support/cluster-ledger.ts";
import { ClusterProcess } from "../_support/cluster-process.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { NatsSessions, soon } from "../_support/nats-sessions.ts";
import { NatsWorld, uplinkTo } from "../_support/nats-world.ts";

const LEASE_MS = 2_000;
const HOUR_NS = 3_600_000_000_000;
const KEYS = ["a", "b", "c", "d", "e", "f"];

/** A consumer as its server lists it. */
interface ListedConsumer {
  readonly name: string;
  readonly config: { readonly inactive_threshold?: number };
}

/** Everything that a server holds. */
class Inventory implements AsyncDisposable {
  readonly #uplink: Awaited<ReturnType<typeof uplinkTo>>;

  private constructor(uplink: Awaited<ReturnType<typeof uplinkTo>>) {
    this.#uplink = uplink;
  }

  static async open(server: NatsServer): Promise<Inventory> {
    return new Inventory(await uplinkTo(server.address));
  }

  /** The subjects of a stream that hold a message. */
  async subjects(stream: string): Promise<readonly string[]> {
    const { state } = await this.#ask<{ state: { subjects?: Record<string, number> } }>(
      `STREAM.INFO.${stream}`,
      { subjects_filter: ">" },
    );
    return Object.keys(state.subjects ?? {}).sort();
  }

  async consumers(stream: string): Promise<readonly ListedConsumer[]> {
    const { consumers } = await this.#ask<{ consumers?: ListedConsumer[] | null }>(
      `CONSUMER.LIST.${stream}`,
      {},
    );
    return consumers ?? [];
  }

  async #ask<Answer>(operation: string, body: object): Promise<Answer> {
    const subject = `$JS.API.${operation}`;
    const { client } = this.#uplink;
    const answer = await client.request(subject, JSON.stringify(body), { timeout: 5_000 });
    return answer.json<Answer>();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#uplink.close();
  }
}

/** Resolves with the ids of all runners but one once they are lost, and nothing is left to take over. */
async function takenOver(session: EngineSession, survivor: string): Promise<readonly string[]> {
  return await soon("taken over", async () => {
    const records = (await session.runners.list("")).map(({ value }) => decodeRunner(value));
    const gone = records.filter(({ name }) => name !== survivor);
    const isOver = gone.every(({ status, clearedAtMs }) => {
      return status === "lost" && clearedAtMs !== undefined;
    });
    return isOver ? gone.map(({ runnerId }) => runnerId) : undefined;
  });
}

/** Looks once for birth records whose actors are nowhere, until `count` are removed. */
async function sweepBirths(
  world: NatsWorld,
  session: EngineSession,
  count: number,
): Promise<readonly string[]> {
  const clock = new ManualClock();
  const removed: string[] = [];
  const sweep = new BirthSweep({
    store: world.store,
    clock,
    placement: {
      exclusively: async (owner, work) => {
        const entry = await session.placements.read(addressOf(owner));
        const runnerId = entry && decodePlacement(entry.value).runnerId;
        return runnerId === undefined ? await work() : undefined;
      },
    },
    removed: ({ keyText }) => removed.push(keyText),
    failed: (error) => {
      throw error;
    },
  });
  sweep.start();
  await clock.advance(60_000);
  await soon("removed", () => removed.length >= count || undefined);
  await sweep.close();
  return removed.sort();
}

for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
  describe(`what killed processes leave on NATS ${version}`, () => {
    it("is swept by the next ones, or has a time after which the server deletes it", async () => {
      await using server = await NatsServer.start({ version });
      const servers = `nats://${server.address}`;
      await using stack = new AsyncDisposableStack();
      const start = async (name: string): Promise<ClusterProcess> =>
        stack.use(await ClusterProcess.start(servers, name, LEASE_MS));
      const killed = await Promise.all(["r1", "r2"].map(start));
      const client = createSystem({
        actors: [ledger, unborn],
        engine: nats({ servers }),
        cluster: { name: "client", client: true, leaseTtlMs: LEASE_MS },
      });
      await Promise.all(KEYS.map((key) => client.get(ledger, key).ask.enter("one")));
      const short = { timeoutMs: 1_500 };
      const looks = KEYS.map((key) => codeOf(client.get(unborn, key).with(short).ask.look()));
      assert.deepEqual(new Set(await Promise.all(looks)), new Set(["ERR_ASK_TIMEOUT"]));
      await client.shutdown();
      await using world = await NatsWorld.open(server, { namespace: "limelight" });
      assert.equal((await world.store.listKeys("n/")).keys.length, KEYS.length);

      for (const runner of killed) await runner.kill();
      await start("r3");

      await using sessions = new NatsSessions({ servers });
      const session = await sessions.open({}, LEASE_MS);
      const gone = await takenOver(session, "r3");
      assert.equal(gone.length, killed.length);
      await using inventory = await Inventory.open(server);
      // Commands are purged, leases have expired.
      await soon("without leases of theirs", async () => {
        const leases = await inventory.subjects("KV_ll_limelight_leases");
        return leases.some((subject) => gone.some((id) => subject.endsWith(id))) ? undefined : true;
      });
      const commands = await inventory.subjects("LL_limelight_CMD");
      assert.ok(!commands.some((subject) => gone.some((id) => subject.includes(`.${id}.`))));
      // Their consumers go by themselves, and so do those of watches.
      for (const { name, config } of await inventory.consumers("LL_limelight_CMD")) {
        assert.ok((config.inactive_threshold ?? 0) > 0, name);
        assert.ok((config.inactive_threshold ?? 0) <= HOUR_NS, name);
      }
      for (const stream of ["placements", "runners", "leases"]) {
        for (const { name, config } of await inventory.consumers(`KV_ll_limelight_${stream}`)) {
          assert.ok((config.inactive_threshold ?? 0) > 0, `${stream} ${name}`);
        }
      }
      // Of actors that were never created, only what says that they were claimed is left, until it is swept.
      await soon("nowhere", async () => {
        const placed = await session.placements.list("unborn");
        const isNowhere = placed.every(
          ({ value }) => decodePlacement(value).runnerId === undefined,
        );
        return isNowhere || undefined;
      });
      assert.deepEqual(await sweepBirths(world, session, KEYS.length), KEYS);
      assert.deepEqual((await world.store.listKeys("n/")).keys, []);
      assert.equal((await world.store.listKeys("m/")).keys.length, KEYS.length);
    });

    it("are markers of removed keys, which the next watch has deleted", async () => {
      await using server = await NatsServer.start({ version });
      await using sessions = new NatsSessions({ servers: server.address });
      await using inventory = await Inventory.open(server);
      const dead = await sessions.open();
      for (const key of ["a.1", "a.2", "a.3"]) await dead.placements.put(key, new Uint8Array(1));
      for (const key of ["a.1", "a.2"]) await dead.placements.remove(key);
      await dead.placements.put("a.4", new Uint8Array(1));
      await dead.close(); // sweeps no more
      const held = async (): Promise<readonly string[]> =>
        (await inventory.subjects("KV_ll_limelight_placements")).map((subject) => {
          return subject.replace("$KV.ll_limelight_placements.", "");
        });
      assert.deepEqual(await held(), ["a.1", "a.2", "a.3", "a.4"]);

      const clock = new ManualClock();
      const next = await nats({ servers: server.address }).open({
        clock,
        luck: () => 0,
        runnerId: "next",
        leaseTtlMs: 1_500,
        onFault: () => {},
      });
      const told: string[] = [];
      const watch = await next.placements.watch("", {
        changed: ({ key }) => told.push(key),
        removed: () => {},
        current: () => {},
      });
      await soon("without markers", async () => {
        await clock.advance(5_000);
        return (await held()).length === 2 || undefined;
      });

      assert.deepEqual(
        [told, await held()],
        [
          ["a.3", "a.4"],
          ["a.3", "a.4"],
        ],
      );
      watch.stop();
      await next.close();
    });
  });
}
