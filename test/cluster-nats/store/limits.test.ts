import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeActorKey } from "../../../src/activation/definition/actor-key.ts";
import { dueKey, metaKey, stateKey } from "../../../src/activation/records/record-keys.ts";
import { NatsStore } from "../../../src/cluster/nats-store/nats-store.ts";
import { ABSENT, WriteKind } from "../../../src/store/contract/store.ts";
import { StackVersion } from "../../../tools/stack/versions.ts";
import { HOSTILE_KEYS } from "../../_support/hostile-keys.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { freshNamespace, NatsWorld, uplinkTo } from "../../_support/nats-world.ts";

const META = "m/cart/alice";
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const shown = (entry: { readonly value: Uint8Array } | undefined): string | undefined =>
  entry === undefined ? undefined : Buffer.from(entry.value).toString();

/** The longest keys and ids that limelight accepts, of bytes that take most space in a subject. */
const LONGEST_KEYS: readonly (readonly string[])[] = [
  ["😀".repeat(256)],
  ["~".repeat(1_024)],
  [" ".repeat(1_024)],
  Array(16).fill("/".repeat(64)),
];
const LONGEST_ID = "😀".repeat(64);

for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
  describe(`what does not fit into NATS ${version}`, () => {
    let server: NatsServer;
    before(async () => {
      server = await NatsServer.start({ version });
    });
    after(() => server[Symbol.asyncDispose]());

    it("is refused as too large, and what is stored stays", async () => {
      await using world = await NatsWorld.open(server, { maxValueBytes: 600_000 });
      const { store } = world;
      const revision = await store.put(META, text("one"));
      const put = {
        kind: WriteKind.Put,
        key: META,
        value: text("two"),
        expectedRevision: revision,
      };
      const half = { kind: WriteKind.Put, key: "s/cart/alice", value: new Uint8Array(600_000) };
      const other = { ...half, key: "v/cart/alice/other" };
      const tooLarge = { name: "StoreError", code: "ERR_STORE_TOO_LARGE" };

      await assert.rejects(store.put(META, new Uint8Array(600_001)), tooLarge);
      await assert.rejects(store.batch([put, half, other]), tooLarge);
      assert.deepEqual((await store.get(META))?.revision, revision);
      await store.batch([put, half]);
      await assert.rejects(store.put(other.key, other.value), tooLarge);

      assert.equal((await store.get("s/cart/alice"))?.value.byteLength, 600_000);
      assert.equal(await store.get("v/cart/alice/other"), undefined);
      assert.equal(shown(await store.get(META)), "two");
    });

    it("is read back when it is as large as a message may be", async () => {
      await using world = await NatsWorld.open(server);
      const { store, connection } = world;
      const value = new Uint8Array((connection.info?.max_payload ?? 0) - 700).fill(7);

      await store.put("s/cart/alice", value, { expectedRevision: ABSENT });

      assert.deepEqual((await store.get("s/cart/alice"))?.value, value);
    });

    it("is refused as full when the stream is full, and reads go on", async () => {
      await using world = await NatsWorld.open(server, { maxStreamBytes: 200_000 });
      const { store } = world;
      const value = new Uint8Array(50_000);
      const full = { name: "StoreError", code: "ERR_STORE_FULL" };
      const put = async (): Promise<never> => {
        for (let at = 0; ; at += 1) {
          await store.put(`m/cart/${at}`, value, { expectedRevision: ABSENT });
        }
      };

      await assert.rejects(put, full);

      assert.equal((await store.get("m/cart/0"))?.value.byteLength, 50_000);
      assert.equal((await store.listKeys("m/cart/")).keys.length, 3);
    });

    it("is refused as an invalid key when a subject of it would be too long", async () => {
      await using world = await NatsWorld.open(server);
      const { store } = world;
      const key = "k".repeat(4_000);

      for (const long of [key, `m/cart/${key}`, `d/${key}`, `t/${key}/alice/1`]) {
        const invalid = { name: "UsageError", code: "ERR_STORE_INVALID_KEY" };
        await assert.rejects(store.put(long, text("one")), invalid);
        await assert.rejects(store.get(long), invalid);
      }
      assert.deepEqual((await store.listKeys("")).keys, []);
    });

    it("is refused when it concerns several actors, or several keys of their own", async () => {
      await using world = await NatsWorld.open(server);
      const { store } = world;
      const value = text("x");
      const split = { name: "UsageError", code: "ERR_STORE_SPLIT_BATCH" };
      const put = (key: string) => ({ kind: WriteKind.Put, key, value });

      await assert.rejects(store.batch([put("m/cart/a"), put("m/cart/b")]), split);
      await assert.rejects(store.batch([put("m/cart/a"), put("s/room/a")]), split);
      await assert.rejects(store.batch([put("m/cart/a"), put("other")]), split);
      await assert.rejects(store.batch([put("one"), put("other")]), split);
      const clear = { kind: WriteKind.DeletePrefix, prefix: "m/cart/" };
      await assert.rejects(store.batch([put("m/cart/a"), clear]), split);

      assert.deepEqual((await store.listKeys("")).keys, []);
      await store.batch([put("m/cart/a"), put("s/cart/a"), put("d/1/cart/a/"), put("e/1/cart/a")]);
      assert.equal((await store.listKeys("")).keys.length, 4);
    });

    it("never is a key of an actor: each has a subject of its own", async () => {
      await using world = await NatsWorld.open(server);
      const { store } = world;
      const keys = [...HOSTILE_KEYS, ...LONGEST_KEYS];
      const owners = keys.map((key) => ({ type: "cart", keyText: encodeActorKey(key) }));
      for (const [at, owner] of owners.entries()) {
        await store.batch([
          {
            kind: WriteKind.Put,
            key: metaKey(owner),
            value: text(`${at}`),
            expectedRevision: ABSENT,
          },
          { kind: WriteKind.Put, key: stateKey(owner), value: text(`${at}`) },
          {
            kind: WriteKind.Put,
            key: dueKey({ dueAtMs: at, owner, id: LONGEST_ID }),
            value: text(""),
          },
        ]);
      }

      const listed = await store.listKeys("m/cart/", { limit: 1_000 });
      assert.deepEqual(new Set(listed.keys), new Set(owners.map(metaKey)));
      assert.equal((await store.listKeys("d/", { limit: 1_000 })).keys.length, owners.length);
      for (const [at, owner] of owners.entries()) {
        const { entries } = await store.load({ keys: [metaKey(owner), stateKey(owner)] });
        assert.deepEqual(entries.map(shown), [`${at}`, `${at}`]);
      }
      const [first] = owners;
      await store.batch([
        { kind: WriteKind.Delete, key: metaKey(first ?? { type: "", keyText: "" }) },
        { kind: WriteKind.Delete, key: stateKey(first ?? { type: "", keyText: "" }) },
      ]);
      assert.equal(
        (await store.listKeys("m/cart/", { limit: 1_000 })).keys.length,
        owners.length - 1,
      );
    });
  });

  describe(`opening a store on NATS ${version}`, () => {
    it("refuses streams that would drop records, and settings that are none", async () => {
      await using server = await NatsServer.start({ version });
      const uplink = await uplinkTo(server.address);
      const namespace = freshNamespace();
      const config = {
        name: `LL_${namespace}_RECORDS`,
        subjects: [`ll.${namespace}.records.>`],
        storage: "file",
        retention: "limits",
        discard: "old",
        max_msgs_per_subject: 1,
        num_replicas: 1,
      };
      const subject = `$JS.API.STREAM.CREATE.${config.name}`;
      await uplink.client.request(subject, JSON.stringify(config), { timeout: 5_000 });
      const open = (settings: object): Promise<NatsStore> =>
        NatsStore.open(uplink, { namespace, ...settings });

      await assert.rejects(open({}), { name: "ClusterError", code: "ERR_ENGINE_CONFIG" });
      const invalid = { name: "UsageError", code: "ERR_INVALID_OPTION" };
      for (const name of ["", "a.b", "a b", ">", "*", "x".repeat(65), "ä"]) {
        await assert.rejects(open({ namespace: name }), invalid);
      }
      await assert.rejects(open({ replicas: 0 }), invalid);
      await assert.rejects(open({ requestTimeoutMs: 0 }), invalid);
      await assert.rejects(open({ other: 1 }), invalid);
      await uplink.close();
    });

    it("by several processes at once creates the streams once", async () => {
      await using server = await NatsServer.start({ version });
      const namespace = freshNamespace();

      const worlds = await Promise.all(
        Array.from({ length: 5 }, () => NatsWorld.open(server, { namespace })),
      );

      await worlds[0]?.store.put(META, text("one"));
      assert.equal(shown(await worlds[4]?.store.get(META)), "one");
      for (const world of worlds) await world[Symbol.asyncDispose]();
    });
  });
}
