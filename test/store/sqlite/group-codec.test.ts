import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrorCode } from "../../../src/base/errors.ts";
import { WriteKind, type WriteOperation } from "../../../src/store/contract/store.ts";
import type { BatchAnswer } from "../../../src/store/sqlite/batch-writer.ts";
import { packAnswers, unpackAnswers, unpackGroup } from "../../../src/store/sqlite/group-codec.ts";
import { packGroup } from "../../_support/packed-groups.ts";

const MIB = 1024 * 1024;

/** The operations of a group as they arrive, with keys as text. */
function arrived(batches: readonly (readonly WriteOperation[])[]): unknown {
  return unpackGroup(packGroup(batches)).map((operations) =>
    operations.map(({ kind, key, value, expectedRevision }) => {
      const bytes = Buffer.from(value).toString("hex");
      return [kind, Buffer.from(key).toString(), bytes, expectedRevision];
    }),
  );
}

describe("a group on its way to the writer", () => {
  it("keeps batches, kinds, keys, values and conditions apart", () => {
    const value = Uint8Array.of(1, 0, 255);

    const batches = arrived([
      [
        { kind: WriteKind.Put, key: "a", value, expectedRevision: 0 },
        { kind: WriteKind.Delete, key: "b/\0/ü/€/😀", expectedRevision: Number.MAX_SAFE_INTEGER },
      ],
      [],
      [
        { kind: WriteKind.DeletePrefix, prefix: "" },
        { kind: WriteKind.Check, key: "c", expectedRevision: 7 },
        { kind: WriteKind.Put, key: "d", value: new Uint8Array() },
      ],
    ]);

    assert.deepEqual(batches, [
      [
        ["put", "a", "0100ff", 0],
        ["delete", "b/\0/ü/€/😀", "", Number.MAX_SAFE_INTEGER],
      ],
      [],
      [
        ["delete_prefix", "", "", undefined],
        ["check", "c", "", 7],
        ["put", "d", "", undefined],
      ],
    ]);
  });

  it("takes values of any size, views of larger buffers among them", () => {
    const view = new Uint8Array(2 * MIB).fill(7).subarray(5, 5 + MIB);

    const [[large] = []] = unpackGroup(
      packGroup([[{ kind: WriteKind.Put, key: "€".repeat(5_000), value: view }]]),
    );

    assert.equal(large?.key.length, 15_000);
    assert.equal(Buffer.compare(large?.value ?? new Uint8Array(), view), 0);
  });
});

describe("the answers to a group", () => {
  it("arrive in order, errors among them", () => {
    const error = { code: ErrorCode.StoreFull, message: "no", key: undefined, cause: undefined };
    const conflict = { ...error, code: ErrorCode.StoreConflict, key: "a" };
    const answers: BatchAnswer[] = [
      { error: conflict },
      { result: { revision: 1, deleted: 0 } },
      { result: { revision: Number.MAX_SAFE_INTEGER, deleted: 12 } },
      { error },
    ];

    assert.deepEqual(unpackAnswers(packAnswers(answers)), answers);
  });
});
