import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { storedTypes } from "../../../src/activation/residence/key-looks.ts";
import { WriteKind } from "../../../src/store/contract/store.ts";
import { StackVersion } from "../../../tools/stack/versions.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { freshNamespace, NatsWorld } from "../../_support/nats-world.ts";
import { eventually } from "../../_support/stack-program.ts";
import { byBytes, listAll, listAllKeys } from "../../_support/store-model.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const dueOf = (at: number): string => `d/${String(at).padStart(16, "0")}/cart/${at}/1`;

for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
  describe(`listings on NATS ${version}`, () => {
    let server: NatsServer;
    before(async () => {
      server = await NatsServer.start({ version });
    });
    after(() => server[Symbol.asyncDispose]());

    it("of actors are in the order of bytes, by type and prefix, page by page", async () => {
      await using world = await NatsWorld.open(server);
      const { store } = world;
      // "a" comes before "a-b", and "a/…" after "a-b/…".
      const names = ["a", "a-b", "a,b", "ab", "a\u{10000}", "a\uE000", "b", "é"];
      const owners = ["cart", "cart2", "room"].flatMap((type) => {
        return names.map((name) => `${type}/${name}`);
      });
      for (const owner of owners) {
        await store.batch([
          { kind: WriteKind.Put, key: `m/${owner}`, value: text(owner) },
          { kind: WriteKind.Put, key: `t/${owner}/2`, value: text("x") },
          { kind: WriteKind.Put, key: `t/${owner}/10`, value: text("x") },
        ]);
      }
      await store.put("m/", text("no actor"));
      await store.put("t/cart", text("no actor"));
      const metas = owners.map((owner) => `m/${owner}`);
      const schedules = owners.flatMap((owner) => [`t/${owner}/10`, `t/${owner}/2`]);
      const all = [...metas, ...schedules, "m/", "t/cart"].toSorted(byBytes);

      for (const prefix of [
        "",
        "m/",
        "m/cart/",
        "m/cart/a",
        "m/c",
        "t/",
        "t/cart/a",
        "t/room/a/",
      ]) {
        const expected = all.filter((key) => key.startsWith(prefix));
        for (const limit of [1, 3, 1_000]) {
          assert.deepEqual(await listAllKeys(store, prefix, limit), expected, `${prefix} ${limit}`);
        }
        const listed = await listAll(store, prefix, 7);
        assert.deepEqual(
          listed.map(([key]) => key),
          expected,
        );
      }
      assert.deepEqual(await storedTypes(store), ["cart", "cart2", "room"]);
    });

    it("of actors go on past a damaged one, which has no bytes; others are refused", async () => {
      const namespace = freshNamespace();
      await using world = await NatsWorld.open(server, { namespace });
      const { store, connection } = world;
      for (const name of ["a", "b", "c"]) {
        await store.batch([
          { kind: WriteKind.Put, key: `m/cart/${name}`, value: text(name) },
          { kind: WriteKind.Put, key: `t/cart/${name}/1`, value: text("x") },
        ]);
      }
      await connection.request(`ll.${namespace}.records.cart.b`, text("no bundle"));

      const { entries } = await store.list("m/cart/");

      const shown = entries.map(({ key, value }) => [key, Buffer.from(value).toString()]);
      assert.deepEqual(shown, [
        ["m/cart/a", "a"],
        ["m/cart/b", ""],
        ["m/cart/c", "c"],
      ]);
      const corrupt = { code: "ERR_STORE_CORRUPT" };
      await assert.rejects(store.load({ keys: ["m/cart/b"] }), corrupt);
      await assert.rejects(store.list("t/cart/"), corrupt);
      await assert.rejects(store.list(""), corrupt);
    });

    it("of due times have what another process has written, as soon as it was acknowledged", async () => {
      const namespace = freshNamespace();
      await using world = await NatsWorld.open(server, { namespace });
      await using other = await NatsWorld.open(server, { namespace });
      assert.deepEqual((await world.store.listKeys("d/")).keys, []);

      for (let at = 0; at < 50; at += 1) {
        await other.store.put(dueOf(at), text(""));
        assert.equal((await world.store.listKeys("d/", { limit: 1_000 })).keys.length, at + 1);
      }
      for (let at = 0; at < 50; at += 1) {
        assert.equal(await other.store.delete(dueOf(at)), true);
        assert.equal((await world.store.listKeys("d/", { limit: 1_000 })).keys.length, 49 - at);
      }
    });

    it("are the same when there are more keys of the index than are kept in memory", async () => {
      const namespace = freshNamespace();
      await using world = await NatsWorld.open(server, { namespace, maxIndexKeys: 10 });
      const { store } = world;
      const keys = Array.from({ length: 40 }, (_, at) => dueOf(at));
      for (const key of keys) await store.put(key, text(""));
      assert.deepEqual(await listAllKeys(store, "d/", 9), keys);

      for (const key of keys.slice(0, 20)) await store.delete(key);

      assert.deepEqual(await listAllKeys(store, "d/", 9), keys.slice(20));
      assert.deepEqual((await store.list("d/", { limit: 5 })).entries.length, 5);
      await store.put("m/cart/alice", text("one"));
      assert.deepEqual((await listAllKeys(store, "", 50)).length, 21);
    });

    it("go on with the same keys after the server was restarted, and have what came meanwhile", async () => {
      await using own = await NatsServer.start({ version });
      const namespace = freshNamespace();
      await using world = await NatsWorld.open(own, { namespace });
      await using other = await NatsWorld.open(own, { namespace });
      const { store } = world;
      for (let at = 0; at < 10; at += 1) await store.put(dueOf(at), text(""));
      assert.equal((await store.listKeys("d/")).keys.length, 10);

      await own.kill();
      await own.startAgain();
      await other.store.put(dueOf(10), text(""));
      await other.store.delete(dueOf(0));

      const keys = Array.from({ length: 10 }, (_, at) => dueOf(at + 1));
      const listed = await eventually("listed", () => listAllKeys(store, "d/", 4));
      assert.deepEqual(listed, keys);
    });

    it("do not see the keys of another namespace", async () => {
      await using world = await NatsWorld.open(server);
      await using other = await NatsWorld.open(server);
      await world.store.put("m/cart/alice", text("one"));
      await world.store.put(dueOf(1), text(""));

      assert.deepEqual((await other.store.listKeys("")).keys, []);
      assert.equal(await other.store.get("m/cart/alice"), undefined);
    });
  });
}
