import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WriteOutcome, writeOutcome } from "../../../src/store/contract/outcomes.ts";
import { ABSENT } from "../../../src/store/contract/store.ts";
import { StackVersion } from "../../../tools/stack/versions.ts";
import { NatsCluster, NatsServer } from "../../_support/nats-server.ts";
import { freshNamespace, NatsWorld } from "../../_support/nats-world.ts";
import { eventually } from "../../_support/stack-program.ts";

const KILLS = 5;
const ACTORS = 8;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const numbers = (value: Uint8Array): number[] => JSON.parse(Buffer.from(value).toString());

/** An actor that appends numbers to its record, as long as it may. Keeps what was acknowledged. */
class Appender {
  readonly key: string;
  readonly acknowledged: number[] = [];
  /** Numbers whose outcome is not known; they are in the record or not, and once at most. */
  readonly unknown: number[] = [];
  rejected = 0;
  readonly #world: NatsWorld;

  constructor(world: NatsWorld, name: string) {
    this.#world = world;
    this.key = `m/list/${name}`;
  }

  async append(isOver: () => boolean): Promise<void> {
    let next = 0;
    let current = { list: [] as number[], revision: ABSENT };
    while (!isOver()) {
      next += 1;
      const list = [...current.list, next];
      try {
        const { key } = this;
        const expectedRevision = current.revision;
        const value = text(JSON.stringify(list));
        const revision = await this.#world.store.put(key, value, { expectedRevision });
        this.acknowledged.push(next);
        current = { list, revision };
      } catch (error) {
        if (writeOutcome(error) === WriteOutcome.Unknown) this.unknown.push(next);
        else this.rejected += 1;
        current = await this.#read();
      }
    }
  }

  async #read(): Promise<{ list: number[]; revision: number }> {
    for (;;) {
      try {
        const entry = await this.#world.store.get(this.key);
        return entry === undefined
          ? { list: [], revision: ABSENT }
          : { list: numbers(entry.value), revision: entry.revision };
      } catch {
        // the server is away: read again
      }
    }
  }
}

/** Checks that a record has everything that was acknowledged, once and in order. */
function check({ key, acknowledged, unknown }: Appender, list: readonly number[]): void {
  assert.deepEqual(
    list,
    [...new Set(list)].toSorted((one, other) => one - other),
    key,
  );
  const missing = acknowledged.filter((each) => !list.includes(each));
  const foreign = list.filter((each) => !acknowledged.includes(each) && !unknown.includes(each));
  assert.deepEqual({ missing, foreign }, { missing: [], foreign: [] }, key);
}

/** Pauses a server, and resolves when it has stopped. */
async function pause(server: NatsServer): Promise<void> {
  server.pause();
  await eventually(`paused: ${server.address}`, async () => {
    try {
      await fetch(`${server.monitorUrl}/healthz`, { signal: AbortSignal.timeout(100) });
      return undefined;
    } catch {
      return true;
    }
  });
}

for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
  describe(`a server that fails under writes, NATS ${version}`, () => {
    it(`loses nothing that was acknowledged when it is killed ${KILLS} times`, async () => {
      await using server = await NatsServer.start({ version });
      await using world = await NatsWorld.open(server);
      const appenders = Array.from({ length: ACTORS }, (_, at) => new Appender(world, `a${at}`));
      let isOver = false;
      const written = (): number =>
        appenders.reduce((sum, each) => sum + each.acknowledged.length, 0);
      const running = appenders.map((each) => each.append(() => isOver));

      for (let kill = 0; kill < KILLS; kill += 1) {
        const before = written();
        await eventually("writes go on", () => written() > before + 50 || undefined);
        await server.kill();
        await server.startAgain();
      }
      const before = written();
      await eventually("writes go on", () => written() > before + 50 || undefined);
      isOver = true;
      await Promise.all(running);

      for (const each of appenders) {
        const entry = await world.store.get(each.key);
        check(each, numbers(entry?.value ?? text("[]")));
      }
      assert.ok(written() > KILLS * 50);
    });

    it("that is paused for a moment stores each write once, and acknowledges it", async () => {
      await using server = await NatsServer.start({ version });
      await using world = await NatsWorld.open(server, { requestTimeoutMs: 150 });
      const { store, connection } = world;
      const first = await store.put("m/cart/alice", text("one"));
      await pause(server);
      const sent = connection.stats().outMsgs;

      const puts = [
        store.put("m/cart/alice", text("two"), { expectedRevision: first }),
        store.put("m/cart/bob", text("two"), { expectedRevision: ABSENT }),
      ];
      await eventually("repeated", () => connection.stats().outMsgs > sent + 5 || undefined);
      server.resume();
      const revisions = await Promise.all(puts);

      const { entries } = await store.load({ keys: ["m/cart/alice", "m/cart/bob"] });
      assert.deepEqual(
        entries.map(({ revision }) => revision),
        revisions,
      );
      assert.deepEqual(
        revisions.toSorted((one, other) => one - other),
        [first + 1, first + 2],
      );
    });

    it("that is paused for long leaves an unknown outcome, and one version", async () => {
      await using server = await NatsServer.start({ version });
      const namespace = freshNamespace();
      await using world = await NatsWorld.open(server, { namespace, requestTimeoutMs: 500 });
      const { store } = world;
      const first = await store.put("m/cart/alice", text("one"));
      await pause(server);

      const put = store.put("m/cart/alice", text("two"), { expectedRevision: first });
      await assert.rejects(put, { code: "ERR_STORE_UNKNOWN_OUTCOME", key: "m/cart/alice" });
      server.resume();

      // What is still on its way may be stored between the read and the next write, and is refused after that.
      const next = await eventually("written", async () => {
        const entry = await store.get("m/cart/alice");
        const expectedRevision = entry?.revision ?? 0;
        assert.ok(expectedRevision === first || expectedRevision === first + 1);
        return await store.put("m/cart/alice", text("three"), { expectedRevision });
      });
      await world.connection.flush();
      await using other = await NatsWorld.open(server, { namespace });
      const last = await other.store.get("m/cart/alice");
      assert.deepEqual(
        [last?.revision, Buffer.from(last?.value ?? []).toString()],
        [next, "three"],
      );
    });

    it("that is away is unavailable: nothing is sent, and nothing arrives later", async () => {
      await using server = await NatsServer.start({ version });
      await using world = await NatsWorld.open(server);
      const { store } = world;
      const first = await store.put("m/cart/alice", text("one"));
      const gone = world.disconnected();
      await server.kill();
      await gone;

      const put = store.put("m/cart/alice", text("two"), { expectedRevision: first });
      const get = store.get("m/cart/alice");

      await Promise.all([
        assert.rejects(put, { code: "ERR_STORE_UNAVAILABLE" }),
        assert.rejects(get, { code: "ERR_STORE_UNAVAILABLE" }),
      ]);
      await server.startAgain();
      const entry = await eventually("readable", () =>
        store.get("m/cart/alice").catch(() => undefined),
      );
      assert.equal(entry.revision, first);
    });

    it("that is restarted within a call does not fail it", async () => {
      await using server = await NatsServer.start({ version });
      await using world = await NatsWorld.open(server);
      const { store } = world;
      await store.put("d/0000000000001000/cart/alice/1", text(""));
      assert.equal((await store.listKeys("d/")).keys.length, 1);
      await server.kill();
      const put = store.put("m/cart/alice", text("two"));
      const list = store.listKeys("d/");
      await server.startAgain();

      assert.ok((await put) > 0);
      assert.deepEqual((await list).keys, ["d/0000000000001000/cart/alice/1"]);
    });
  });
}

describe("three servers under writes", () => {
  it("lose nothing that was acknowledged when their leader is killed", async () => {
    await using cluster = await NatsCluster.start();
    await using world = await NatsWorld.open({ address: cluster.addresses }, { replicas: 3 });
    const appenders = Array.from({ length: 4 }, (_, at) => new Appender(world, `a${at}`));
    let isOver = false;
    const written = (): number =>
      appenders.reduce((sum, each) => sum + each.acknowledged.length, 0);
    const goOn = async (): Promise<void> => {
      const before = written();
      await eventually("writes go on", () => written() > before + 20 || undefined);
    };
    const running = appenders.map((each) => each.append(() => isOver));

    for (let kill = 0; kill < 2; kill += 1) {
      await goOn();
      const leader = await eventually("a leader", () => cluster.leader());
      await leader.kill();
      await goOn();
      await leader.startAgain();
    }
    await goOn();
    isOver = true;
    await Promise.all(running);

    for (const each of appenders) {
      const entry = await world.store.get(each.key);
      check(each, numbers(entry?.value ?? text("[]")));
    }
  });
});
