import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrorCode, LimelightError } from "../../../src/index.ts";
import {
  assertFails,
  META,
  revisionOf,
  STATE,
  setUpWriter,
  Writer,
} from "../../_support/commit-writer.ts";

describe("a commit that the store refuses for a moment", () => {
  for (const code of ["ERR_STORE_OVERLOADED", "ERR_STORE_UNAVAILABLE"] as const) {
    it(`is sent again, later each time: ${code}`, async () => {
      const { store, clock, writer } = setUpWriter();
      store.refuse(code, 3);
      const commit = writer.set("one");

      const sentAfter: [ms: number, batches: number][] = [];
      for (const ms of [49, 1, 99, 1, 199, 1]) {
        await clock.advance(ms);
        sentAfter.push([ms, store.batches.length]);
      }

      assert.deepEqual(
        sentAfter.map(([, batches]) => batches),
        [1, 2, 2, 3, 3, 4],
      );
      await commit;
      assert.partialDeepStrictEqual(writer.ends, [{ outcome: "ok", attempts: 4, durationMs: 350 }]);
      assert.equal(clock.pendingTimers, 0);
    });
  }

  it("fails after five seconds", async () => {
    const { store, clock, writer } = setUpWriter();
    store.refuse("ERR_STORE_UNAVAILABLE", 100);
    const failed = assertFails(writer.set("one"), "ERR_SAVE_FAILED", "ERR_STORE_UNAVAILABLE");

    await clock.advance(6_000);

    await failed;
    assert.equal(clock.pendingTimers, 0);
    assert.equal(writer.ends[0]?.attempts, 9);
    assert.ok((writer.ends[0]?.durationMs ?? 0) <= 5_000);
  });

  it("is not sent again once the activation has ended", async () => {
    const { store, clock, writer } = setUpWriter();
    store.refuse("ERR_STORE_OVERLOADED");
    const failed = assertFails(writer.set("one"), "ERR_SAVE_FAILED");
    await clock.advance(1);

    writer.committer.close(() => new LimelightError("ended", { code: ErrorCode.ActorKilled }));

    await failed;
    await writer.committer.whenSettled();
    assert.equal(store.batches.length, 1);
    assert.equal(clock.pendingTimers, 0);
  });
});

describe("a commit that fails", () => {
  for (const code of ["ERR_STORE_FULL", "ERR_STORE_CLOSED", "ERR_STORE_TOO_LARGE"] as const) {
    it(`because of ${code} is not sent again, and has written nothing`, async () => {
      const { store, writer } = setUpWriter();
      store.refuse(code);

      await assertFails(writer.set("one"), "ERR_SAVE_FAILED", code);

      assert.equal(store.batches.length, 1);
      assert.equal(await store.text(STATE), undefined);
      assert.deepEqual(
        writer.ends.map(({ outcome }) => outcome),
        ["rejected"],
      );
    });
  }

  it("fails those that were requested meanwhile, and all later ones", async () => {
    const { store, writer } = setUpWriter();
    const release = store.hold();
    const first = writer.set("one");
    await store.put(META, new Uint8Array()); // someone else was faster
    const second = writer.set("two");

    release();

    await Promise.all([
      assertFails(first, "ERR_STATE_CONFLICT"),
      assertFails(second, "ERR_STATE_CONFLICT"),
    ]);
    await assertFails(writer.set("three"), "ERR_STATE_CONFLICT");
    assert.equal(await store.text(STATE), undefined);
    assert.equal(writer.ends.length, 1);
  });

  it("is possible again after the actor was read again", async () => {
    const { store, writer } = setUpWriter();
    await writer.set("one");
    store.refuse("ERR_STORE_FULL");
    await assert.rejects(writer.set("two"));

    writer.committer.reopen(await revisionOf(store));
    await writer.set("three");

    assert.equal(await store.text(STATE), "three");
  });

  it("has the error of what could not be composed, and sends nothing", async () => {
    const { store, writer } = setUpWriter();
    writer.fault = new LimelightError("state.at is a Date", { code: ErrorCode.StateInvalid });

    await assert.rejects(writer.commit(), writer.fault);

    assert.equal(store.batches.length, 0);
    assert.partialDeepStrictEqual(writer.ends, [
      { outcome: "rejected", attempts: 0, content: undefined },
    ]);
  });

  it("is no unhandled rejection if no caller waits for it", async () => {
    const { store, writer } = setUpWriter();
    store.refuse("ERR_STORE_FULL");

    void writer.set("one");
    await writer.committer.whenSettled();
    void writer.set("two");

    assert.equal(writer.ends.length, 1);
  });
});

describe("a commit with an unknown outcome", () => {
  for (const written of ["yes", "no", "later"] as const) {
    it(`ends the writer; one that reads again goes on, written: ${written}`, async () => {
      const { store, clock, writer } = setUpWriter();
      await writer.set("one");
      store.lose(written);

      await assertFails(writer.set("two"), "ERR_SAVE_UNKNOWN", "ERR_STORE_UNKNOWN_OUTCOME");
      await assertFails(writer.set("three"), "ERR_SAVE_UNKNOWN", "ERR_STORE_UNKNOWN_OUTCOME");

      const next = new Writer(store, clock, await revisionOf(store), 2);
      assert.equal(await store.text(STATE), written === "yes" ? "two" : "one");
      await next.set("four");
      assert.equal(await store.text(STATE), "four");
      assert.equal(writer.ends.at(-1)?.outcome, "unknown");
    });
  }

  it("that takes effect late makes the next commit conflict, and the key heals", async () => {
    const { store, clock, writer } = setUpWriter();
    store.lose("later");
    await assertFails(writer.set("lost"), "ERR_SAVE_UNKNOWN", "ERR_STORE_UNKNOWN_OUTCOME");
    const second = new Writer(store, clock, await revisionOf(store), 2);

    await store.applyLate();

    await assertFails(second.set("two"), "ERR_STATE_CONFLICT");
    const third = new Writer(store, clock, await revisionOf(store), 3);
    await third.set("three");
    assert.equal(await store.text(STATE), "three");
  });

  it("is that of anything that a store throws and that is no error of limelight", async () => {
    const { store, writer } = setUpWriter();
    store.throwing(new TypeError("a bug of the store"));

    await assert.rejects(writer.set("one"), {
      code: "ERR_SAVE_UNKNOWN",
      message: "it is unknown whether the changes of cart/a are stored: a bug of the store",
    });
  });

  for (const thrown of [undefined, null, "text", Object.freeze(new Error("frozen"))]) {
    it(`is counted as one, regardless of what is thrown: ${String(thrown)}`, async () => {
      const { store, writer } = setUpWriter();
      store.throwing(thrown);

      await assertFails(writer.set("one"), "ERR_SAVE_UNKNOWN");

      assert.partialDeepStrictEqual(writer.ends, [{ outcome: "unknown" }]);
    });
  }

  for (const answer of [{}, "done", { revision: Number.NaN }, { revision: "1" }]) {
    it(`is that of an answer without a revision: ${JSON.stringify(answer)}`, async () => {
      const { store, writer } = setUpWriter();
      store.batch = () => Promise.resolve(answer as never);

      await assertFails(writer.set("one"), "ERR_SAVE_UNKNOWN");

      assert.equal(writer.committer.revision, 0);
    });
  }
});
