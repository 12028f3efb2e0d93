import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { WriteOrder } from "../../../src/cluster/nats-store/write-order.ts";
import { WriteKind } from "../../../src/store/contract/store.ts";

const ONE = { operations: [{ kind: WriteKind.Delete, key: "a" }], sizeBytes: 1 } as const;

describe("the order of writes", () => {
  it("is that of the calls for one home, and free for others", async () => {
    const order = new WriteOrder();
    const ended: string[] = [];
    const slow = new Deferred<void>();
    const write = (name: string, wait?: Promise<void>) => async (): Promise<void> => {
      await wait;
      ended.push(name);
    };

    const all = [
      order.run(ONE, ["a"], write("first", slow.promise)),
      order.run(ONE, ["a", "b"], write("second")),
      order.run(ONE, ["b"], write("third")),
    ];
    await order.run(ONE, ["c"], write("other"));
    slow.resolve();
    await Promise.all(all);

    assert.deepEqual(ended, ["other", "first", "second", "third"]);
  });

  it("goes on after a write that has failed", async () => {
    const order = new WriteOrder();
    const failed = order.run(ONE, ["a"], async () => {
      throw new Error("refused");
    });
    const next = order.run(ONE, ["a"], async () => "written");

    await assert.rejects(failed, /refused/);
    assert.equal(await next, "written");
  });

  it("has one write that concerns all alone", async () => {
    const order = new WriteOrder();
    const ended: string[] = [];
    const slow = new Deferred<void>();

    const all = [
      order.run(ONE, ["a"], () => slow.promise.then(() => ended.push("before"))),
      order.runAlone(ONE, async () => ended.push("alone")),
      order.run(ONE, ["b"], async () => ended.push("after")),
    ];
    slow.resolve();
    await Promise.all(all);

    assert.deepEqual(ended, ["before", "alone", "after"]);
  });

  it("refuses what exceeds its bounds, and takes more when there is room", async () => {
    const order = new WriteOrder();
    const slow = new Deferred<void>();
    const half = { operations: Array(5_000).fill(ONE.operations[0]), sizeBytes: 5_000 };
    const large = { operations: ONE.operations, sizeBytes: 33 * 1024 * 1024 };
    const overloaded = { name: "StoreError", code: "ERR_STORE_OVERLOADED" };
    const running = [1, 2].map(() => order.run(half, ["a"], () => slow.promise));

    await assert.rejects(
      order.run(ONE, ["b"], async () => {}),
      overloaded,
    );
    slow.resolve();
    await Promise.all(running);
    await order.run(half, ["b"], async () => {});
    await assert.rejects(
      order.run(large, ["b"], async () => {}),
      overloaded,
    );
  });

  it("completes what was accepted when it is closed, and takes nothing more", async () => {
    const order = new WriteOrder();
    const slow = new Deferred<void>();
    let isWritten = false;
    const write = order.run(ONE, ["a"], async () => {
      await slow.promise;
      isWritten = true;
    });

    const closed = order.close();
    await assert.rejects(
      order.run(ONE, ["a"], async () => {}),
      { code: "ERR_STORE_CLOSED" },
    );
    slow.resolve();
    await Promise.all([write, closed]);

    assert.equal(isWritten, true);
  });
});
