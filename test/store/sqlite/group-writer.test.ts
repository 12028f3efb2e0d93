import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { nextTurn } from "../../../src/base/node-timers.ts";
import { type CheckedBatch, checkBatch } from "../../../src/store/contract/limits.ts";
import { WriteKind } from "../../../src/store/contract/store.ts";
import type { BatchAnswer } from "../../../src/store/sqlite/batch-writer.ts";
import { type PackedOperation, unpackGroup } from "../../../src/store/sqlite/group-codec.ts";
import { GroupWriter, type Writer } from "../../../src/store/sqlite/group-writer.ts";

type Batches = readonly (readonly PackedOperation[])[];

/** A writer that a test answers for: slow by nature, failing on request. */
class StubWriter implements Writer {
  readonly groups: Batches[] = [];
  ended = false;
  closed = 0;
  #running: Deferred<readonly BatchAnswer[]> | undefined;

  commit(group: Uint8Array): Promise<readonly BatchAnswer[]> {
    assert.equal(this.#running, undefined, "one commit at a time");
    this.groups.push(unpackGroup(group));
    this.#running = new Deferred();
    return this.#running.promise;
  }

  async close(): Promise<void> {
    assert.equal(this.#running, undefined, "no close during a commit");
    this.closed += 1;
  }

  terminate(): void {
    this.fail(new Error("terminated"));
  }

  /** Answers the running commit: every batch has succeeded, unless `answer` says otherwise. */
  answer(answer: (at: number) => BatchAnswer = (at) => ({ result: { revision: at, deleted: 0 } })) {
    const size = this.groups.at(-1)?.length ?? 0;
    this.#take()?.resolve(Array.from({ length: size }, (_, at) => answer(at)));
  }

  /** Ends the writer. */
  fail(error: Error): void {
    this.ended = true;
    this.#take()?.reject(error);
  }

  #take(): Deferred<readonly BatchAnswer[]> | undefined {
    const running = this.#running;
    this.#running = undefined;
    return running;
  }
}

function put(key: string, size = 1): CheckedBatch {
  const value = new Uint8Array(size);
  return checkBatch([{ kind: WriteKind.Put, key, value }], 32 * 1024 * 1024);
}

function keysOf(batches: Batches | undefined): string[] | undefined {
  return batches?.map(([operation]) => Buffer.from(operation?.key ?? []).toString());
}

/** Resolves when the writer has been given this many groups. */
async function groups(stub: StubWriter, count: number): Promise<void> {
  while (stub.groups.length < count) await nextTurn();
}

/** How each of `writes` has ended after this turn. */
async function outcomes(writes: readonly Promise<unknown>[]): Promise<string[]> {
  const seen = writes.map(() => "pending");
  for (const [at, write] of writes.entries()) {
    write.then(
      () => {
        seen[at] = "ok";
      },
      (error: { readonly code: string }) => {
        seen[at] = error.code;
      },
    );
  }
  await nextTurn();
  return seen;
}

describe("the collector of writes", () => {
  it("commits the writes of one turn together, and what arrives meanwhile in the next group", async () => {
    const stub = new StubWriter();
    const writer = new GroupWriter(stub, async () => stub);

    const first = ["a", "b", "c"].map((key) => writer.write(put(key)));
    await nextTurn();
    const second = ["d", "e"].map((key) => writer.write(put(key)));
    await nextTurn();
    assert.deepEqual(stub.groups.map(keysOf), [["a", "b", "c"]]);
    assert.deepEqual(await outcomes([...first, ...second]), Array(5).fill("pending"));

    stub.answer();
    assert.deepEqual(await outcomes([...first, ...second]), [
      ...Array(3).fill("ok"),
      ...Array(2).fill("pending"),
    ]);
    await groups(stub, 2);
    assert.deepEqual(stub.groups.map(keysOf), [
      ["a", "b", "c"],
      ["d", "e"],
    ]);
    stub.answer();
    await Promise.all(second);
  });

  it("gives the answers of a large group over several turns", async () => {
    const stub = new StubWriter();
    const writer = new GroupWriter(stub, async () => stub);
    let answered = 0;
    const writes = Array.from({ length: 100 }, async (_, at) => {
      await writer.write(put(`${at}`));
      answered += 1;
    });
    await groups(stub, 1);

    stub.answer();
    await Promise.race(writes);
    const perTurn = [answered];
    while (answered < writes.length) {
      const before = answered;
      await nextTurn();
      perTurn.push(answered - before);
    }

    assert.ok(Math.max(...perTurn) <= 32, `${perTurn}`);
  });

  for (const { waiting, sentAtOnce } of [
    { waiting: 40, sentAtOnce: false },
    { waiting: 41, sentAtOnce: true },
  ]) {
    it(`${sentAtOnce ? "sends" : "collects"} further writes while it gives answers, if there are ${waiting} after 40`, async () => {
      const stub = new StubWriter();
      const writer = new GroupWriter(stub, async () => stub);
      const first = Array.from({ length: 40 }, (_, at) => writer.write(put(`${at}`)));
      await groups(stub, 1);
      const later = Array.from({ length: waiting }, (_, at) => writer.write(put(`later/${at}`)));

      stub.answer();
      await first[0];
      const sent = stub.groups.length;
      await groups(stub, 2);
      stub.answer();
      await Promise.all([...first, ...later]);

      assert.equal(sent, sentAtOnce ? 2 : 1);
      assert.equal(stub.groups[1]?.length, waiting);
    });
  }

  it("copies a value when it is written", async () => {
    const stub = new StubWriter();
    const writer = new GroupWriter(stub, async () => stub);
    const value = Uint8Array.of(1);

    const write = writer.write(checkBatch([{ kind: WriteKind.Put, key: "a", value }], 10));
    value[0] = 2;
    await groups(stub, 1);
    stub.answer();
    await write;

    assert.deepEqual([...(stub.groups[0]?.[0]?.[0]?.value ?? [])], [1]);
  });

  it("limits a group, and never divides a batch", async () => {
    const stub = new StubWriter();
    const writer = new GroupWriter(stub, async () => stub);
    const large = checkBatch(
      Array.from({ length: 900 }, (_, at) => ({ kind: WriteKind.Delete, key: `k/${at}` })),
      1,
    );

    const writes = [
      ...Array.from({ length: 600 }, (_, at) => writer.write(put(`${at}`))),
      writer.write(large),
      ...Array.from({ length: 3 }, (_, at) => writer.write(put(`large/${at}`, 5 * 1024 * 1024))),
    ];
    for (let count = 1; count <= 6; count += 1) {
      await groups(stub, count);
      stub.answer();
    }

    await Promise.all(writes);
    assert.deepEqual(
      stub.groups.map((group) => group.length),
      [512, 88, 1, 1, 1, 1],
    );
  });

  it("refuses writes beyond the backlog, and accepts them again after it", async () => {
    const stub = new StubWriter();
    const writer = new GroupWriter(stub, async () => stub);
    const overloaded = { code: "ERR_STORE_OVERLOADED" };

    const many = Array.from({ length: 10_000 }, (_, at) => writer.write(put(`${at}`)));
    await assert.rejects(writer.write(put("beyond")), overloaded);
    for (let count = 1; count <= Math.ceil(10_000 / 512); count += 1) {
      await groups(stub, count);
      stub.answer();
    }
    await Promise.all(many);

    const large = writer.write(put("large", 31 * 1024 * 1024));
    await assert.rejects(writer.write(put("beyond", 2 * 1024 * 1024)), overloaded);
    await groups(stub, 21);
    stub.answer();
    await large;
    const last = writer.write(put("last"));
    await groups(stub, 22);
    stub.answer();
    await last;
  });

  it("passes on the answer of each batch", async () => {
    const stub = new StubWriter();
    const writer = new GroupWriter(stub, async () => stub);
    const writes = ["a", "b"].map((key) => writer.write(put(key)));
    const error = {
      code: "ERR_STORE_FULL",
      message: "no",
      key: undefined,
      cause: undefined,
    } as const;

    await nextTurn();
    stub.answer((at) => (at === 0 ? { error } : { result: { revision: 7, deleted: 0 } }));

    assert.deepEqual(await outcomes(writes), ["ERR_STORE_FULL", "ok"]);
  });

  it("reports an unknown outcome when the writer ends during a commit, and goes on with another", async () => {
    const [first, second] = [new StubWriter(), new StubWriter()];
    const writer = new GroupWriter(first, async () => second);
    const running = ["a", "b"].map((key) => writer.write(put(key)));
    await nextTurn();
    const waiting = writer.write(put("c"));

    const cause = new Error("crash");
    first.fail(cause);

    assert.deepEqual(await outcomes([...running, waiting]), [
      "ERR_STORE_UNKNOWN_OUTCOME",
      "ERR_STORE_UNKNOWN_OUTCOME",
      "pending",
    ]);
    await assert.rejects(running[0] as Promise<unknown>, {
      name: "StoreError",
      code: "ERR_STORE_UNKNOWN_OUTCOME",
      cause,
    });
    await groups(second, 1);
    assert.deepEqual(keysOf(second.groups[0]), ["c"]);
    second.answer();
    await waiting;
  });

  it("replaces a writer that has ended while it was idle, without losing a write", async () => {
    const [first, second] = [new StubWriter(), new StubWriter()];
    const writer = new GroupWriter(first, async () => second);
    first.ended = true;

    const write = writer.write(put("a"));
    await groups(second, 1);
    second.answer();

    await write;
    assert.equal(first.groups.length, 0);
  });

  it("rejects writes while no other writer can be opened, and tries again for later ones", async () => {
    const [first, second] = [new StubWriter(), new StubWriter()];
    first.ended = true;
    let isBroken = true;
    const writer = new GroupWriter(first, async () => {
      if (isBroken) throw new Error("no thread");
      return second;
    });

    await assert.rejects(writer.write(put("a")), { code: "ERR_STORE_UNAVAILABLE" });
    isBroken = false;
    const write = writer.write(put("b"));
    await groups(second, 1);
    second.answer();

    await write;
  });

  it("completes what it has accepted when it is closed in the middle of a write", async () => {
    const stub = new StubWriter();
    const writer = new GroupWriter(stub, async () => stub);
    const running = writer.write(put("a"));
    await nextTurn();
    const waiting = writer.write(put("b"));

    const closing = writer.close();

    await assert.rejects(writer.write(put("c")), { code: "ERR_STORE_CLOSED" });
    assert.equal(stub.closed, 0);
    stub.answer();
    await running;
    await groups(stub, 2);
    stub.answer();
    await Promise.all([waiting, closing]);
    assert.equal(stub.closed, 1);
  });

  it("gives up on a writer that does not answer: unknown for what it had, rejected for the rest", async () => {
    const stub = new StubWriter();
    const writer = new GroupWriter(stub, async () => stub);
    const running = writer.write(put("a"));
    await nextTurn();
    const waiting = writer.write(put("b"));
    const closing = writer.close();

    writer.terminate();

    assert.deepEqual(await outcomes([running, waiting]), [
      "ERR_STORE_UNKNOWN_OUTCOME",
      "ERR_STORE_CLOSED",
    ]);
    await closing;
  });
});
