import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeKeyPrefix } from "../../../src/activation/definition/actor-key.ts";
import {
  dueCursor,
  dueKey,
  expiryKey,
  kvKey,
  kvPrefix,
  metaKey,
  metaPrefix,
  ownerOf,
  parseDueKey,
  parseExpiryKey,
  parseMetaKey,
  parseQueueKey,
  queueKey,
  queuePrefix,
  scheduleIdOf,
  scheduleKey,
  schedulePrefix,
  sectionPrefixes,
  setAsideKey,
  stateKey,
} from "../../../src/activation/records/record-keys.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { byBytes } from "../../_support/store-model.ts";

const HARD = ["~", "/", ",", "\0", "__proto__", "a", "ключ", "😀", "//", "~1"];
const texts = fc
  .array(fc.constantFrom(...HARD), { minLength: 1, maxLength: 3 })
  .map((list) => list.join(""));
const owners = fc
  .tuple(
    fc.constantFrom("cart", "cart-2", "a.b", "$"),
    fc.array(texts, { minLength: 1, maxLength: 3 }),
  )
  .map(([type, key]) => ownerOf(type, key));
const times = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

const cart = ownerOf("cart", ["shop", "alice"]);

describe("the keys of records", () => {
  it("are readable in a shell", () => {
    assert.equal(metaKey(cart), "m/cart/shop,alice");
    assert.equal(stateKey(cart), "s/cart/shop,alice");
    assert.equal(scheduleKey(cart, "end/1"), "t/cart/shop,alice/end/1");
    assert.equal(
      dueKey({ dueAtMs: 1_800_000_000_000, owner: cart, id: "end" }),
      "d/0001800000000000/cart/shop,alice/end",
    );
    assert.equal(queueKey(cart, "files", 7), "q/cart/shop,alice/files/0000000000000007");
    assert.equal(setAsideKey(cart, "files", 7), "p/cart/shop,alice/files/0000000000000007");
    assert.equal(kvKey(cart, "a/b"), "v/cart/shop,alice/a/b");
    assert.equal(expiryKey(5, cart), "e/0000000000000005/cart/shop,alice");
  });

  it("are read back, for any key and id", () => {
    fc.assert(
      fc.property(owners, texts, times, (owner, id, time) => {
        assert.deepEqual(parseMetaKey(metaKey(owner)), owner);
        assert.equal(scheduleIdOf(owner, scheduleKey(owner, id)), id);
        assert.deepEqual(parseDueKey(dueKey({ dueAtMs: time, owner, id })), {
          dueAtMs: time,
          owner,
          id,
        });
        assert.deepEqual(parseExpiryKey(expiryKey(time, owner)), { expiresAtMs: time, owner });
        assert.deepEqual(parseQueueKey(queueKey(owner, "jobs", time)), {
          queue: "jobs",
          sequence: time,
        });
      }),
    );
  });

  it("of one actor are under none of another's prefixes", () => {
    fc.assert(
      fc.property(owners, owners, texts, (owner, other, id) => {
        fc.pre(metaKey(owner) !== metaKey(other));
        const own = [scheduleKey(owner, id), queueKey(owner, "jobs", 1), kvKey(owner, id)];
        const foreign = sectionPrefixes(other);
        for (const key of own) assert.ok(!foreign.some((prefix) => key.startsWith(prefix)), key);
      }),
    );
  });

  it("order due times as numbers, up to the year 10000 and beyond", () => {
    fc.assert(
      fc.property(times, times, (one, other) => {
        const [first, second] = [one, other].map((dueAtMs) =>
          dueKey({ dueAtMs, owner: cart, id: "a" }),
        );
        assert.equal(Math.sign(byBytes(first ?? "", second ?? "")), Math.sign(one - other));
      }),
    );
  });

  it("take any time: fractions, before 1970, beyond all dates", () => {
    const due = (dueAtMs: number) =>
      parseDueKey(dueKey({ dueAtMs, owner: cart, id: "a" }))?.dueAtMs;

    assert.equal(due(1.2), 2);
    assert.equal(due(-5), 0);
    assert.equal(due(Number.POSITIVE_INFINITY), Number.MAX_SAFE_INTEGER);
    assert.ok(dueCursor(2) < dueKey({ dueAtMs: 2, owner: cart, id: "a" }));
    assert.ok(dueCursor(3) > dueKey({ dueAtMs: 2, owner: cart, id: "\u{10FFFF}" }));
  });

  it("list values of `c.kv` by prefixes of the user's text", () => {
    fc.assert(
      fc.property(texts, texts, (key, prefix) => {
        const isListed = kvKey(cart, key).startsWith(`${kvPrefix(cart)}${prefix}`);
        assert.equal(isListed, key.startsWith(prefix));
      }),
    );
  });

  it("list the messages of one queue, not those of one whose name begins the same", () => {
    assert.ok(queueKey(cart, "files", 1).startsWith(queuePrefix(cart, "files")));
    assert.ok(!queueKey(cart, "files2", 1).startsWith(queuePrefix(cart, "files")));
    assert.ok(queueKey(cart, "files2", 1).startsWith(queuePrefix(cart)));
  });

  it("of other kinds are not parsed", () => {
    const others = [
      "",
      "m",
      "m/",
      "m/cart",
      "m/cart/",
      "m//a",
      "m/cart/a/b",
      "x/cart/a",
      "d/1/cart/a/b",
    ];
    const dues = [
      "d/0000000000000001/cart/a",
      "d/0000000000000001//a/b",
      "d/9999999999999999/cart/a/b",
    ];

    for (const key of others) {
      assert.equal(parseMetaKey(key), undefined, key);
      assert.equal(parseDueKey(key), undefined, key);
    }
    for (const key of dues) assert.equal(parseDueKey(key), undefined, key);
    assert.equal(parseExpiryKey("e/0000000000000001/cart"), undefined);
    assert.equal(parseQueueKey("q/cart/a/files/1"), undefined);
    assert.equal(parseQueueKey("t/cart/a/files/0000000000000001"), undefined);
    assert.equal(scheduleIdOf(cart, metaKey(cart)), undefined);
  });
});

describe("a listing of a store", () => {
  it("finds exactly the keys whose text begins with the prefix, in Cyrillic and emoji", async () => {
    const store = new MemoryStore();
    const names = ["ключ", "ключи", "кот", "😀", "😀1", "~", "~0", "a,b", "a/b"];
    for (const name of names) await store.put(metaKey(ownerOf("cart", name)), new Uint8Array());
    await store.put(metaKey(ownerOf("carts", "ключ")), new Uint8Array());

    for (const prefix of ["к", "ключ", "😀", "~", "a", "a,", ""]) {
      const { keys } = await store.listKeys(metaPrefix("cart", encodeKeyPrefix(prefix)));

      const expected = names.filter((name) => name.startsWith(prefix));
      assert.deepEqual(
        keys,
        expected.map((name) => metaKey(ownerOf("cart", name))).toSorted(byBytes),
        prefix,
      );
    }
  });

  it("finds the schedules of an actor by their prefix", async () => {
    const store = new MemoryStore();
    await store.put(scheduleKey(cart, "a"), new Uint8Array());
    await store.put(scheduleKey(ownerOf("cart", ["shop", "alice", "b"]), "a"), new Uint8Array());

    const { keys } = await store.listKeys(schedulePrefix(cart));

    assert.deepEqual(keys, [scheduleKey(cart, "a")]);
  });
});
