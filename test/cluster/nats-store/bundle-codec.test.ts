import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import type { Bundle } from "../../../src/cluster/nats-store/bundle.ts";
import {
  decodeBundle,
  encodeBundle,
  isRemoval,
} from "../../../src/cluster/nats-store/bundle-codec.ts";
import { byBytes, keys } from "../../_support/store-model.ts";

const NAME = "cart/alice";
const CORRUPT = { name: "StoreError", code: "ERR_STORE_CORRUPT", key: NAME };

/** Version 1 of the format. What it has written must stay readable. */
const GOLDEN =
  "4c42010200000002" +
  "00112233445566770000000000000000" +
  "8899aabbccddeeff000000000000002a" +
  "00000001000000030000000000000000" +
  "6d6f6e65" +
  "0000000100000000000000000000002a" +
  "73" +
  "08cc8e30";

const GOLDEN_BUNDLE: Bundle = {
  sequence: 43,
  items: [
    { item: "m", value: Buffer.from("one"), revision: 43 },
    { item: "s", value: Buffer.from(""), revision: 42 },
  ],
  writes: [
    { id: "0011223344556677", sequence: 43 },
    { id: "8899aabbccddeeff", sequence: 42 },
  ],
};

/** What a writer encodes: revisions and sequences of this message are not known yet. */
function unstored({ items, writes, sequence }: Bundle): Omit<Bundle, "sequence"> {
  const own = (number: number): number => (number === sequence ? 0 : number);
  return {
    items: items.map((each) => ({ ...each, revision: own(each.revision) })),
    writes: writes.map((each) => ({ ...each, sequence: own(each.sequence) })),
  };
}

function plain({ items, ...bundle }: Bundle): unknown {
  return { ...bundle, items: items.map((each) => ({ ...each, value: [...each.value] })) };
}

/** Bytes with a checksum that fits, so that only the checks behind it are left. */
function sealed(body: Buffer): Buffer {
  const bytes = Buffer.concat([body, Buffer.alloc(4)]);
  bytes.writeUInt32BE(crc32(NAME, crc32(body)), body.length);
  return bytes;
}

const body = (bytes: Buffer): Buffer => Buffer.from(bytes.subarray(0, bytes.length - 4));

const bundles: fc.Arbitrary<Bundle> = fc
  .record({
    names: fc.uniqueArray(keys, { maxLength: 8 }),
    values: fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 8, maxLength: 8 }),
    revisions: fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 8, maxLength: 8 }),
    ids: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ names, values, revisions, ids }) => ({
    sequence: 99,
    items: names.toSorted(byBytes).map((item, at) => {
      return { item, value: values[at] as Uint8Array, revision: revisions[at] as number };
    }),
    writes: ids.map((id, at) => {
      return { id: id.toString(16).padStart(16, "0"), sequence: 99 - at };
    }),
  }));

describe("the format of records on NATS", () => {
  it("is that of version 1", () => {
    assert.equal(encodeBundle(NAME, unstored(GOLDEN_BUNDLE)).toString("hex"), GOLDEN);
    assert.deepEqual(
      plain(decodeBundle(NAME, Buffer.from(GOLDEN, "hex"), 43)),
      plain(GOLDEN_BUNDLE),
    );
  });

  it("returns what was encoded", () => {
    fc.assert(
      fc.property(bundles, (bundle) => {
        const bytes = encodeBundle(NAME, unstored(bundle));
        assert.deepEqual(plain(decodeBundle(NAME, bytes, 99)), plain(bundle));
        assert.equal(isRemoval(bytes), bundle.items.length === 0);
      }),
    );
  });

  it("finds each changed, missing and further byte", () => {
    const bytes = Buffer.from(GOLDEN, "hex");
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 0x10;
      const code = at === 2 ? "ERR_STORE_NEWER_FORMAT" : CORRUPT.code;
      assert.throws(() => decodeBundle(NAME, changed, 43), { code }, `byte ${at}`);
      assert.throws(() => decodeBundle(NAME, bytes.subarray(0, at), 43), CORRUPT, `${at} bytes`);
    }
    assert.throws(() => decodeBundle(NAME, Buffer.concat([bytes, Buffer.of(0)]), 43), CORRUPT);
  });

  it("finds the record of another actor", () => {
    const bytes = encodeBundle("cart/bob", unstored(GOLDEN_BUNDLE));

    assert.throws(() => decodeBundle(NAME, bytes, 43), CORRUPT);
  });

  it("checks every number before it is used, also where the checksum fits", () => {
    const good = body(Buffer.from(GOLDEN, "hex"));
    const at = (offset: number, write: (bytes: Buffer, offset: number) => void): Buffer => {
      const bytes = Buffer.from(good);
      write(bytes, offset);
      return sealed(bytes);
    };
    const hostile: Readonly<Record<string, Buffer>> = {
      "no writes": at(3, (bytes, offset) => bytes.writeUInt8(0, offset)),
      "many writes": at(3, (bytes, offset) => bytes.writeUInt8(255, offset)),
      "many items": at(4, (bytes, offset) => bytes.writeUInt32BE(0xffff_ffff, offset)),
      "fewer items": at(4, (bytes, offset) => bytes.writeUInt32BE(1, offset)),
      "a long name": at(40, (bytes, offset) => bytes.writeUInt32BE(0xffff_ffff, offset)),
      "a long value": at(44, (bytes, offset) => bytes.writeUInt32BE(0xffff_ffff, offset)),
      "a large revision": at(48, (bytes, offset) => bytes.writeBigUInt64BE(2n ** 60n, offset)),
      "a name that is no text": at(56, (bytes, offset) => bytes.writeUInt8(0xff, offset)),
      "names that are not in order": at(56, (bytes, offset) => bytes.write("t", offset)),
      "the same name twice": at(56, (bytes, offset) => bytes.write("s", offset)),
    };

    assert.doesNotThrow(() => decodeBundle(NAME, sealed(good), 43));
    for (const [what, bytes] of Object.entries(hostile)) {
      assert.throws(() => decodeBundle(NAME, bytes, 43), CORRUPT, what);
    }
  });

  it("refuses what a later version has written, and leaves it", () => {
    const later = body(Buffer.from(GOLDEN, "hex"));
    later.writeUInt8(2, 2);

    const newer = { name: "StoreError", code: "ERR_STORE_NEWER_FORMAT", key: NAME };
    assert.throws(() => decodeBundle(NAME, sealed(later), 43), newer);
  });

  it("takes any bytes for damaged", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        assert.throws(() => decodeBundle(NAME, bytes, 1), { name: "StoreError" });
        isRemoval(bytes);
      }),
    );
  });
});
