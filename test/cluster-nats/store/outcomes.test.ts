import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import type { EngineFault } from "../../../src/cluster/engine/engine.ts";
import { NatsStore } from "../../../src/cluster/nats-store/nats-store.ts";
import { ABSENT, type Store, WriteKind } from "../../../src/store/contract/store.ts";
import { ManualClock } from "../../../src/testing.ts";
import { StackVersion } from "../../../tools/stack/versions.ts";
import { Fault, NatsFaults } from "../../_support/nats-faults.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { freshNamespace, NatsWorld, uplinkTo } from "../../_support/nats-world.ts";

const KEY = "m/cart/alice";
const DUE = "d/0000000000001000/cart/alice/1";
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const textAt = async (store: Store, key = KEY): Promise<string | undefined> => {
  const entry = await store.get(key);
  return entry === undefined ? undefined : Buffer.from(entry.value).toString();
};

/** A store whose requests fail when the test says so, and one of another process. */
class Faulty implements AsyncDisposable {
  readonly faults: NatsFaults;
  readonly store: NatsStore;
  readonly other: NatsStore;
  readonly clock: ManualClock;
  /** Faults that the store has reported. */
  readonly reported: readonly EngineFault[];
  readonly #rest: AsyncDisposable;

  private constructor(
    parts: Pick<Faulty, "faults" | "store" | "other" | "clock" | "reported">,
    rest: AsyncDisposable,
  ) {
    this.faults = parts.faults;
    this.store = parts.store;
    this.other = parts.other;
    this.clock = parts.clock;
    this.reported = parts.reported;
    this.#rest = rest;
  }

  /** @param storeClock the clock of the store; the one that {@link passed} moves by default */
  static async open(server: NatsServer, storeClock?: Clock): Promise<Faulty> {
    const namespace = freshNamespace();
    const uplink = await uplinkTo(server.address);
    const faults = new NatsFaults(uplink);
    const clock = new ManualClock();
    const reported: EngineFault[] = [];
    const store = await NatsStore.open(faults.uplink, {
      namespace,
      clock: storeClock ?? clock,
      onFault: (fault) => reported.push(fault),
    });
    const world = await NatsWorld.open(server, { namespace });
    const rest = {
      async [Symbol.asyncDispose]() {
        await world[Symbol.asyncDispose]();
        await store.close();
        await uplink.close();
      },
    };
    return new Faulty({ faults, store, other: world.store, clock, reported }, rest);
  }

  /** Lets time pass until `call` has ended. */
  async passed<Result>(call: Promise<Result>): Promise<Result> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    call.then(end, end);
    while (!isOver) {
      if (this.clock.pendingTimers > 0) await this.clock.advance(5);
      else await nextTurn();
    }
    return await call;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#rest[Symbol.asyncDispose]();
  }
}

for (const version of [StackVersion.nats, StackVersion.oldNats] as const) {
  describe(`a write that is not answered, on NATS ${version}`, () => {
    let server: NatsServer;
    before(async () => {
      server = await NatsServer.start({ version });
    });
    after(() => server[Symbol.asyncDispose]());

    for (const fault of [Fault.LoseReply, Fault.LoseRequest]) {
      it(`is repeated, and takes effect once: ${fault}`, async () => {
        await using world = await Faulty.open(server);
        const { faults, store, other } = world;
        const created = store.put(KEY, text("one"), { expectedRevision: ABSENT });
        const first = await created;
        faults.next(".records.", fault);

        const second = await world.passed(store.put(KEY, text("two"), { expectedRevision: first }));
        faults.next(".records.", fault);
        const isDeleted = await world.passed(store.delete(KEY, { expectedRevision: second }));
        faults.next(".records.", fault);
        const third = await world.passed(
          store.put(KEY, text("three"), { expectedRevision: ABSENT }),
        );

        assert.equal(isDeleted, true);
        assert.deepEqual([second, third], [first + 1, first + 3]); // one message each
        assert.deepEqual([await textAt(other), (await other.get(KEY))?.revision], ["three", third]);
      });
    }

    it("is found although another process has written since", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      const first = await store.put(KEY, text("one"));
      faults.next(".records.", Fault.LoseReply);
      const { lost } = faults;

      const put = store.put(KEY, text("two"), { expectedRevision: first });
      await lost;
      const theirs = await other.put("s/cart/alice", text("theirs"));
      const second = await world.passed(put);

      assert.ok(second < theirs, "it was stored before the other write");
      assert.equal((await other.get(KEY))?.revision, second);
    });

    it("is refused if another process has written in its place", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      const first = await store.put(KEY, text("one"));
      faults.next(".records.", Fault.LoseRequest);
      const { lost } = faults;

      const put = store.put(KEY, text("two"), { expectedRevision: first });
      await lost;
      await other.put(KEY, text("theirs"), { expectedRevision: first });

      await assert.rejects(world.passed(put), { code: "ERR_STORE_CONFLICT", key: KEY });
      assert.equal(await textAt(other), "theirs");
    });

    it("has an unknown outcome when others have written too often to tell", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      const first = await store.put(KEY, text("one"));
      faults.next(".records.", Fault.LoseReply);
      const { lost } = faults;

      const put = store.put(KEY, text("two"), { expectedRevision: first });
      await lost;
      for (let round = 0; round < 5; round += 1) await other.put(KEY, text("theirs"));

      await assert.rejects(world.passed(put), { code: "ERR_STORE_UNKNOWN_OUTCOME", key: KEY });
    });

    it("has an unknown outcome when no attempt is answered, and is not applied again later", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      const first = await store.put(KEY, text("one"));
      faults.next(".records.", Fault.LoseReply, Number.POSITIVE_INFINITY);

      const put = world.passed(store.put(KEY, text("two"), { expectedRevision: first }));

      await assert.rejects(put, { code: "ERR_STORE_UNKNOWN_OUTCOME", key: KEY });
      faults.next(".records.", Fault.None);
      const entry = await store.get(KEY);
      assert.deepEqual([entry?.revision, await textAt(other)], [first + 1, "two"]);
      await store.put(KEY, text("three"), { expectedRevision: first + 1 });
    });

    it("that arrives late, after the next one, is refused by the server", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      const first = await store.put(KEY, text("one"));
      faults.next(".records.", Fault.Delay);

      const second = await world.passed(store.put(KEY, text("two"), { expectedRevision: first }));
      await store.put(KEY, text("three"), { expectedRevision: second });
      const answers = await faults.release();

      assert.match(answers.join(), /10071/);
      assert.equal(await textAt(other), "three");
    });

    it("that would create an actor does not bring it back after it was removed", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      faults.next(".records.", Fault.Delay);

      const first = await world.passed(store.put(KEY, text("one"), { expectedRevision: ABSENT }));
      await other.delete(KEY, { expectedRevision: first });
      const answers = await faults.release();

      assert.match(answers.join(), /10071/);
      assert.equal(await other.get(KEY), undefined);
      assert.deepEqual((await other.listKeys("m/")).keys, []);
    });

    it("leaves an entry of the index that points at nothing when only that was stored", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      faults.next(".records.", Fault.LoseRequest, Number.POSITIVE_INFINITY);

      const batch = store.batch([
        { kind: WriteKind.Put, key: KEY, value: text("one"), expectedRevision: ABSENT },
        { kind: WriteKind.Put, key: DUE, value: text("") },
      ]);

      await assert.rejects(world.passed(batch), { code: "ERR_STORE_UNKNOWN_OUTCOME" });
      assert.deepEqual((await other.listKeys("d/")).keys, [DUE]);
      assert.equal(await other.get(KEY), undefined);
      // As the due times do with what points at nothing:
      await other.batch([
        { kind: WriteKind.Check, key: KEY, expectedRevision: ABSENT },
        { kind: WriteKind.Delete, key: DUE },
      ]);
      assert.deepEqual((await other.listKeys("d/")).keys, []);
    });

    it("leaves the due times that it would have removed", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      const { revision } = await store.batch([
        { kind: WriteKind.Put, key: KEY, value: text("one"), expectedRevision: ABSENT },
        { kind: WriteKind.Put, key: DUE, value: text("") },
      ]);
      faults.next(".records.", Fault.LoseRequest, Number.POSITIVE_INFINITY);

      const batch = store.batch([
        { kind: WriteKind.Put, key: KEY, value: text("two"), expectedRevision: revision },
        { kind: WriteKind.Delete, key: DUE },
      ]);

      await assert.rejects(world.passed(batch), { code: "ERR_STORE_UNKNOWN_OUTCOME" });
      assert.deepEqual((await other.listKeys("d/")).keys, [DUE]);
      assert.equal(await textAt(other), "one");
    });

    it("of the index only has changed nothing that counts: the batch is refused", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      faults.next("index.k", Fault.LoseReply, Number.POSITIVE_INFINITY);

      const batch = store.batch([
        { kind: WriteKind.Put, key: KEY, value: text("one"), expectedRevision: ABSENT },
        { kind: WriteKind.Put, key: DUE, value: text("") },
      ]);

      await assert.rejects(world.passed(batch), { code: "ERR_STORE_UNAVAILABLE" });
      assert.equal(await other.get(KEY), undefined);
    });

    it("of an index entry that is deleted last is reported, and the batch is stored", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      const { revision } = await store.batch([
        { kind: WriteKind.Put, key: KEY, value: text("one"), expectedRevision: ABSENT },
        { kind: WriteKind.Put, key: DUE, value: text("") },
      ]);
      faults.next("index.k", Fault.LoseRequest, Number.POSITIVE_INFINITY);

      const { deleted } = await world.passed(
        store.batch([
          { kind: WriteKind.Put, key: KEY, value: text("two"), expectedRevision: revision },
          { kind: WriteKind.Delete, key: DUE },
        ]),
      );

      assert.equal(deleted, 0);
      assert.deepEqual(
        world.reported.map(({ kind, text: what }) => [kind, what]),
        [["index_entry_left", `${DUE} was not removed`]],
      );
      assert.equal(await textAt(other), "two");
    });

    it("does not delete an entry of the index that another process has written since", async () => {
      await using world = await Faulty.open(server);
      const { faults, store, other } = world;
      const { revision: first } = await store.batch([
        { kind: WriteKind.Put, key: KEY, value: text("one"), expectedRevision: ABSENT },
        { kind: WriteKind.Put, key: DUE, value: text("") },
      ]);
      // The write of the record arrives, and its answer is late; meanwhile another process goes on with the actor.
      faults.next(".records.", Fault.LoseReply);
      const { lost } = faults;
      const batch = store.batch([
        { kind: WriteKind.Put, key: KEY, value: text("two"), expectedRevision: first },
        { kind: WriteKind.Delete, key: DUE },
      ]);
      await lost;
      const second = (await other.get(KEY))?.revision ?? 0;
      await other.batch([
        { kind: WriteKind.Put, key: KEY, value: text("theirs"), expectedRevision: second },
        { kind: WriteKind.Put, key: DUE, value: text("") },
      ]);

      assert.deepEqual(await world.passed(batch), { revision: second, deleted: 0 });
      assert.deepEqual((await other.listKeys("d/")).keys, [DUE]);
    });
  });

  describe(`a listing of due times, on NATS ${version}`, () => {
    it("waits for what was acknowledged to another process, and has not arrived yet", async () => {
      await using server = await NatsServer.start({ version });
      await using world = await Faulty.open(server, systemClock);
      const { faults, store, other } = world;
      assert.deepEqual((await store.listKeys("d/")).keys, []);
      void faults.hold();
      await other.put(DUE, text(""));
      // It asks what it has not seen, and that is this one.
      const asked = new Deferred<void>();
      faults.decide = (subject) => {
        if (subject.startsWith("$JS.API.STREAM.MSG.GET")) asked.resolve();
        return Fault.None;
      };

      let isListed = false;
      const listing = store.listKeys("d/").finally(() => {
        isListed = true;
      });
      await asked.promise;
      await other.get(KEY);
      assert.equal(isListed, false);
      faults.letPass();

      assert.deepEqual((await listing).keys, [DUE]);
    });

    it("has what was written while messages were lost on their way", async () => {
      await using server = await NatsServer.start({ version });
      await using world = await Faulty.open(server, systemClock);
      const { faults, store, other } = world;
      assert.deepEqual((await store.listKeys("d/")).keys, []);
      const held = faults.hold();
      await other.put(DUE, text(""));
      await held;
      faults.drop();
      await other.put("d/0000000000002000/cart/alice/1", text(""));

      const { keys } = await store.listKeys("d/");

      assert.deepEqual(keys, [DUE, "d/0000000000002000/cart/alice/1"]);
      assert.deepEqual(
        world.reported.map(({ kind, text: what }) => [kind, what]),
        [["index_renewed", "the index: a message is missing"]],
      );
    });
  });

  describe(`a read that is not answered, on NATS ${version}`, () => {
    it("is repeated, and fails in the end", async () => {
      await using server = await NatsServer.start({ version });
      await using world = await Faulty.open(server);
      const { faults, store } = world;
      await store.put(KEY, text("one"));

      faults.next("STREAM.MSG.GET", Fault.LoseReply, 2);
      assert.equal(await world.passed(textAt(store)), "one");
      faults.next("STREAM.MSG.GET", Fault.LoseRequest, Number.POSITIVE_INFINITY);

      await assert.rejects(world.passed(store.get(KEY)), { code: "ERR_STORE_UNAVAILABLE" });
    });

    it("is shared by calls that come while it is under way, and sees what was written before each", async () => {
      await using server = await NatsServer.start({ version });
      await using world = await NatsWorld.open(server);
      const { store, connection } = world;
      await store.put(KEY, text("one"));
      const sent = connection.stats().outMsgs;

      const reads = Array.from({ length: 100 }, () => textAt(store));
      assert.deepEqual(new Set(await Promise.all(reads)), new Set(["one"]));
      assert.equal(connection.stats().outMsgs, sent + 2);

      for (let round = 0; round < 50; round += 1) {
        const early = textAt(store);
        await store.put(KEY, text(`${round}`));
        assert.equal(await textAt(store), `${round}`);
        await early;
      }
    });
  });
}
