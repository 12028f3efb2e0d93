import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ABSENT, WriteKind } from "../../../src/store/contract/store.ts";
import { ManualClock } from "../../../src/testing.ts";
import { StackVersion } from "../../../tools/stack/versions.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { freshNamespace, NatsWorld } from "../../_support/nats-world.ts";
import { eventually } from "../../_support/stack-program.ts";

const META = "m/cart/alice";
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const MINUTE_MS = 60_000;

/** Number of messages in both streams of a namespace. */
async function messagesOf({ connection }: NatsWorld, namespace: string): Promise<number> {
  let messages = 0;
  for (const kind of ["RECORDS", "INDEX"]) {
    const subject = `$JS.API.STREAM.INFO.LL_${namespace}_${kind}`;
    const answer = await connection.request(subject, "", { timeout: 5_000 });
    messages += answer.json<{ state: { messages: number } }>().state.messages;
  }
  return messages;
}

/** Writes what keeps the messages of removals from being the last ones of their streams. */
async function writeOthers({ store }: NatsWorld): Promise<void> {
  await store.put("m/other/one", text("x"));
  await store.put("d/0000000000009999/other/one/", text(""));
}

/** Waits for what timers of the clock have begun, and begin when others have ended. */
async function swept(
  clock: ManualClock,
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  await eventually(what, async () => {
    await clock.advance(1);
    return (await holds()) || undefined;
  });
}

for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
  describe(`what was removed, on NATS ${version}`, () => {
    let server: NatsServer;
    before(async () => {
      server = await NatsServer.start({ version });
    });
    after(() => server[Symbol.asyncDispose]());

    it("leaves no messages after a while, and what was created again stays", async () => {
      const namespace = freshNamespace();
      const clock = new ManualClock();
      await using world = await NatsWorld.open(server, { namespace, clock });
      const { store } = world;
      for (let at = 0; at < 20; at += 1) {
        const [key, due] = [`m/cart/${at}`, `d/000000000000100${at % 10}/cart/${at}/1`];
        await store.batch([
          { kind: WriteKind.Put, key, value: text("one"), expectedRevision: ABSENT },
          { kind: WriteKind.Put, key: due, value: text("") },
        ]);
        await store.batch([
          { kind: WriteKind.Delete, key },
          { kind: WriteKind.Delete, key: due },
        ]);
      }
      await store.put("m/cart/7", text("again"), { expectedRevision: ABSENT });
      await writeOthers(world);
      assert.equal(await messagesOf(world, namespace), 62); // each has its record, its due time and a note

      await clock.advance(3 * MINUTE_MS);
      await swept(clock, "the index is swept", () => store.swept.erased === 20);
      assert.equal(await messagesOf(world, namespace), 42);
      await clock.advance(8 * MINUTE_MS);
      await swept(clock, "the records are swept", () => {
        return store.swept.erased === 40 && store.swept.waiting === 20;
      });
      await writeOthers(world);
      await clock.advance(3 * MINUTE_MS);
      await swept(clock, "the notes are swept", () => store.swept.erased === 60);

      assert.equal(await messagesOf(world, namespace), 3);
      assert.deepEqual((await store.listKeys("m/")).keys, ["m/cart/7", "m/other/one"]);
      assert.equal(Buffer.from((await store.get("m/cart/7"))?.value ?? []).toString(), "again");
      assert.equal(store.swept.dropped, 0);
    });

    it("is swept by another process if its own has ended", async () => {
      const namespace = freshNamespace();
      {
        await using ended = await NatsWorld.open(server, { namespace });
        for (const name of ["alice", "bob", "carol"]) {
          await ended.store.put(`m/cart/${name}`, text("one"));
          await ended.store.put(`d/0000000000001000/cart/${name}/1`, text(""));
          await ended.store.delete(`m/cart/${name}`);
          await ended.store.delete(`d/0000000000001000/cart/${name}/1`);
        }
        await ended.store.put("m/cart/bob", text("again"), { expectedRevision: ABSENT });
        await writeOthers(ended);
      }
      const clock = new ManualClock();
      await using world = await NatsWorld.open(server, { namespace, clock });
      const { store } = world;
      assert.equal((await store.listKeys("d/")).keys.length, 1); // begins the mirror
      assert.equal(await messagesOf(world, namespace), 11);

      await store.sweepLeftovers();
      assert.equal(store.swept.erased, 0, "it may have been removed just now");
      await store.sweepLeftovers();
      assert.equal(await messagesOf(world, namespace), 8);
      await clock.advance(21 * MINUTE_MS);
      assert.equal((await store.listKeys("d/")).keys.length, 1); // the clock has overtaken the heartbeats
      await store.sweepLeftovers();
      await store.sweepLeftovers();
      await writeOthers(world);
      assert.equal(store.swept.waiting, 3);
      await clock.advance(3 * MINUTE_MS);
      await swept(clock, "the notes are swept", () => store.swept.waiting === 0);
      await swept(clock, "all is swept", async () => (await messagesOf(world, namespace)) === 3);

      assert.deepEqual((await store.listKeys("m/")).keys, ["m/cart/bob", "m/other/one"]);
    });

    it("does not give its revision to what is created in its place", async () => {
      await using world = await NatsWorld.open(server);
      const { store } = world;
      const revisions: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        const revision = await store.put(META, text(`${round}`), { expectedRevision: ABSENT });
        for (const old of revisions) {
          const put = store.put(META, text("old"), { expectedRevision: old });
          await assert.rejects(put, { code: "ERR_STORE_CONFLICT", key: META });
        }
        revisions.push(revision);
        assert.equal(await store.delete(META, { expectedRevision: revision }), true);
      }
      assert.deepEqual(
        revisions,
        revisions.toSorted((one, other) => one - other),
      );
      assert.equal(new Set(revisions).size, 3);
    });

    it("is not listed, nor are records that have no key of the listing", async () => {
      const namespace = freshNamespace();
      await using world = await NatsWorld.open(server, { namespace });
      const { store } = world;
      await store.put("m/cart/alice", text("one"));
      await store.put("s/cart/bob", text("only a state"));
      await store.put("m/cart/carol", text("one"));
      await store.put("s/cart/carol", text("one"));
      await store.delete("m/cart/carol");
      await store.put("m/room/lobby", text("one"));
      await store.delete("m/room/lobby");

      await using other = await NatsWorld.open(server, { namespace });
      assert.deepEqual((await other.store.listKeys("m/")).keys, ["m/cart/alice"]);
      assert.deepEqual((await other.store.listKeys("m/room/")).keys, []);
      assert.deepEqual((await other.store.listKeys("s/")).keys, ["s/cart/bob", "s/cart/carol"]);
      await store.put("m/cart/carol", text("again"));
      assert.deepEqual((await other.store.listKeys("m/")).keys, ["m/cart/alice", "m/cart/carol"]);
    });
  });
}
