import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Committer } from "../../../src/activation/commit/committer.ts";
import { ErrorCode, LimelightError } from "../../../src/index.ts";
import { ABSENT, WriteKind } from "../../../src/store/contract/store.ts";
import {
  assertFails,
  META,
  revisionOf,
  STATE,
  setUpWriter,
  Writer,
} from "../../_support/commit-writer.ts";

describe("a commit", () => {
  it("writes the record and everything else in one batch", async () => {
    const { store, writer } = setUpWriter();

    await writer.set("one");

    assert.equal(store.batches.length, 1);
    assert.equal(store.batches[0]?.[0]?.kind, WriteKind.Put);
    assert.equal(await store.text(META), "generation 1");
    assert.equal(await store.text(STATE), "one");
    assert.partialDeepStrictEqual(writer.ends, [
      { outcome: "ok", attempts: 1, durationMs: 0, content: { stateBytes: 3 } },
    ]);
  });

  it("does not happen if nothing has changed", () => {
    const { store, writer } = setUpWriter();

    const commit = writer.committer.commit();

    assert.equal(commit, undefined);
    assert.equal(store.batches.length, 0);
  });

  it("expects the revision that the one before has given", async () => {
    const { store, writer } = setUpWriter();
    await writer.set("one");
    await store.put("m/other", new Uint8Array()); // other actors take revisions too

    await writer.set("two");
    await writer.set("three");

    assert.equal(await store.text(STATE), "three");
    assert.equal(writer.committer.revision, await revisionOf(store));
  });

  it("collects what changes while another one is under way, for all who request it", async () => {
    const { store, writer } = setUpWriter();
    const release = store.hold();
    const first = writer.set("one");

    const second = writer.set("two");
    const third = writer.set("three");

    assert.equal(second, third);
    assert.ok(writer.committer.isBusy && writer.committer.isRequested);
    release();
    await Promise.all([first, second]);
    assert.equal(store.batches.length, 2);
    assert.equal(await store.text(STATE), "three");
    assert.ok(!writer.committer.isBusy && !writer.committer.isRequested);
  });

  it("that was requested meanwhile is not sent if nothing has changed", async () => {
    const { store, writer } = setUpWriter();
    const release = store.hold();
    const first = writer.set("one");
    const second = writer.commit();

    release();
    await Promise.all([first, second]);

    assert.equal(store.batches.length, 1);
  });

  it("begins at once, with the state of that moment", async () => {
    const { store, writer } = setUpWriter();
    const release = store.hold();
    const commit = writer.set("one");

    writer.state = "changed without a request";
    release();
    await commit;

    assert.equal(await store.text(STATE), "one");
  });

  it("that no reply waits for is sent all the same, and the next one follows it", async () => {
    const { store, clock } = setUpWriter();
    const contents = [false, true];
    const committer = new Committer({
      store,
      metaKey: META,
      revision: ABSENT,
      who: "cart/a",
      clock,
      compose: () => {
        const awaited = contents.shift();
        if (awaited === undefined) return undefined;
        return { meta: Buffer.from(String(awaited)), operations: [], awaited };
      },
      ended: () => {},
    });
    const release = store.hold();

    const counted = committer.commit();
    const changed = committer.commit();
    release();
    await changed;

    assert.equal(counted, undefined);
    assert.equal(await store.text(META), "true");
    assert.equal(store.batches.length, 2);
  });

  it("that no reply waits for is no unhandled rejection when it fails", async () => {
    const { store, writer } = setUpWriter();
    writer.awaited = false;
    store.refuse("ERR_STORE_FULL");
    writer.state = "one";

    const commit = writer.committer.commit();
    await writer.committer.whenSettled();

    assert.equal(commit, undefined);
    assert.equal(writer.ends[0]?.outcome, "rejected");
    await assertFails(writer.set("two"), "ERR_SAVE_FAILED");
  });

  it("may be requested when one has ended, from the callback", async () => {
    const { store, clock } = setUpWriter();
    const states = ["two", "three"];
    const committer: Committer = new Committer({
      store,
      metaKey: META,
      revision: ABSENT,
      who: "cart/a",
      clock,
      compose: () => ({ meta: Buffer.from(String(states.length)), operations: [] }),
      ended: () => {
        if (states.pop() !== undefined) void committer.commit();
      },
    });

    await committer.commit();
    await committer.whenSettled();

    assert.equal(store.batches.length, 3);
    assert.equal(await store.text(META), "0");
  });
});

describe("two writers of one key", () => {
  it("cannot both write: the one that was overtaken writes nothing, regardless of what it wants to write", async () => {
    const { store, clock, writer } = setUpWriter();
    await writer.set("one");
    const next = new Writer(store, clock, await revisionOf(store), 2);
    await next.set("two");

    await assert.rejects(writer.set("late"), {
      code: "ERR_STATE_CONFLICT",
      message: /^another activation of cart\/a has written/,
    });
    writer.remove = true;
    await assert.rejects(writer.commit());

    assert.equal(await store.text(STATE), "two");
    assert.equal(await store.text(META), "generation 2");
  });

  it("that both create it: one wins", async () => {
    const { store, clock, writer } = setUpWriter();
    const other = new Writer(store, clock, ABSENT, 1);

    const results = await Promise.allSettled([writer.set("one"), other.set("other")]);

    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    assert.equal(await store.text(STATE), "one");
  });

  it("cannot bring a destroyed actor back", async () => {
    const { store, clock, writer } = setUpWriter();
    await writer.set("one");
    const late = new Writer(store, clock, await revisionOf(store), 1);
    writer.remove = true;
    await writer.commit();

    await assertFails(late.set("late"), "ERR_STATE_CONFLICT");

    assert.equal(await store.text(STATE), undefined);
    assert.equal(await store.text(META), undefined);
  });
});

describe("a committer", () => {
  it("that has removed the actor accepts nothing more", async () => {
    const { store, writer } = setUpWriter();
    await writer.set("one");
    writer.remove = true;
    const release = store.hold();
    const removal = writer.commit();
    const later = writer.commit();

    release();

    await removal;
    await assert.rejects(later, { code: "ERR_ACTOR_DESTROYED" });
    writer.committer.reopen(ABSENT);
    await assertFails(writer.set("two"), "ERR_ACTOR_DESTROYED");
  });

  it("that is closed rejects what was requested; what was sent decides for itself", async () => {
    const { store, writer } = setUpWriter();
    const release = store.hold();
    const sent = writer.set("one");
    const requested = writer.set("two");
    const killed = new LimelightError("killed", { code: ErrorCode.ActorKilled });

    writer.committer.close(() => killed);
    await assert.rejects(requested, killed);
    release();

    await sent;
    await writer.committer.whenSettled();
    assert.equal(await store.text(STATE), "one");
    assert.equal(store.batches.length, 1);
    await assert.rejects(writer.set("three"), killed);
  });

  it("settles although what is called at its end throws", async () => {
    const { store, writer } = setUpWriter();
    const release = store.hold();
    const first = writer.set("one");
    const second = writer.set("two");
    writer.endFault = new Error("against its contract");

    release();

    await Promise.all([first, second]);
    assert.equal(await store.text(STATE), "two");
    assert.equal(writer.ends.length, 2);
  });

  it("settles when neither a commit nor a requested one is left", async () => {
    const { store, writer } = setUpWriter();
    const releaseFirst = store.hold();
    const releaseSecond = store.hold();
    void writer.set("one");
    void writer.set("two");
    const order: string[] = [];
    const settled = writer.committer.whenSettled().then(() => order.push("settled"));

    releaseFirst();
    await Promise.resolve();
    order.push("first");
    releaseSecond();
    await settled;

    assert.deepEqual(order, ["first", "settled"]);
    assert.equal(await store.text(STATE), "two");
  });
});
