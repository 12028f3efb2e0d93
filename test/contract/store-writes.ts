import assert from "node:assert/strict";
import { it } from "node:test";
import {
  ABSENT,
  type Store,
  WriteKind,
  type WriteOperation,
} from "../../src/store/contract/store.ts";
import { listAll } from "../_support/store-model.ts";
import type { StoreTraits } from "./store-traits.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const shown = (entry: { readonly value: Uint8Array } | undefined): string | undefined =>
  entry === undefined ? undefined : Buffer.from(entry.value).toString();

const KEYS: Readonly<Record<string, string>> = {
  "in Cyrillic": "корзина/Алиса",
  "with emoji": "room/👩‍👩‍👧/🎉",
  "called __proto__": "__proto__",
  "called constructor": "constructor",
  "that is a path": "../../etc/passwd",
  "with NUL": "a\0b",
  "of one NUL": "\0",
  "with line ends and quotes": "a\r\n'\"`;--",
  "of spaces": "   ",
  "of 10 KiB": "k".repeat(10 * 1024),
  "of 16 KiB in UTF-8": "я".repeat(8 * 1024),
};

export function describeEntries(store: () => Store, { isAtomic, maxKeyBytes }: StoreTraits): void {
  for (const [what, key] of Object.entries(KEYS)) {
    if (Buffer.byteLength(key) > maxKeyBytes) continue;
    it(`keeps a value under a key ${what}, and no other`, async () => {
      const revision = await store().put(key, text("one"));

      const entry = await store().get(key);

      assert.deepEqual([entry?.key, shown(entry), entry?.revision], [key, "one", revision]);
      assert.deepEqual((await store().listKeys("")).keys, [key]);
      assert.equal(await store().delete(key), true);
      assert.equal(await store().get(key), undefined);
    });
  }

  it("has nothing under a key that was never written, or was deleted", async () => {
    await store().put("a", text("one"));

    assert.equal(await store().get("b"), undefined);
    assert.equal(await store().get("__proto__"), undefined);
    assert.equal(await store().delete("b"), false);
    assert.equal(await store().delete("a"), true);
    assert.equal(await store().delete("a"), false);
    assert.equal(await store().get("a"), undefined);
  });

  it("keeps values as bytes: empty ones, all bytes, and large ones", async () => {
    const all = Uint8Array.from({ length: 256 }, (_, at) => at);
    const large = new Uint8Array(1024 * 1024).fill(7);
    const values = { empty: new Uint8Array(), all, large };
    const puts = Object.entries(values).map(([key, value]) => ({
      kind: WriteKind.Put,
      key,
      value,
    }));
    if (isAtomic) await store().batch(puts);
    else for (const put of puts) await store().batch([put]);

    const empty = await store().get("empty");
    assert.equal(empty?.value.byteLength, 0);
    assert.deepEqual([...((await store().get("all"))?.value ?? [])], [...all]);
    assert.equal(Buffer.compare((await store().get("large"))?.value ?? all, large), 0);
  });

  it("copies values: neither a written nor a read one shares its memory", async () => {
    const written = Buffer.from("one");
    const put = store().put("a", written);
    written.fill(0);
    await put;
    const read = await store().get("a");
    read?.value.fill(0);

    assert.equal(shown(await store().get("a")), "one");
  });

  it("gives every write a higher revision, also after a key was deleted and created again", async () => {
    const first = await store().put("a", text("one"));
    await store().delete("a");
    const second = await store().put("a", text("two"));
    await store().deletePrefix("");
    const third = await store().put("a", text("three"));

    assert.ok(first > 0 && second > first && third > second);
    assert.equal((await store().get("a"))?.revision, third);
  });
}

export function describeConditions(store: () => Store): void {
  it("writes a key at the revision that is expected, and refuses any other", async () => {
    const revision = await store().put("a", text("one"));

    const next = await store().put("a", text("two"), { expectedRevision: revision });

    await assert.rejects(store().put("a", text("three"), { expectedRevision: revision }), {
      name: "StoreError",
      code: "ERR_STORE_CONFLICT",
      key: "a",
    });
    assert.equal(shown(await store().get("a")), "two");
    assert.equal((await store().get("a"))?.revision, next);
  });

  it("creates a key only if it is absent", async () => {
    await store().put("a", text("one"), { expectedRevision: ABSENT });

    await assert.rejects(store().put("a", text("two"), { expectedRevision: ABSENT }), {
      code: "ERR_STORE_CONFLICT",
    });
    assert.equal(shown(await store().get("a")), "one");
  });

  it("deletes a key only at the revision that is expected", async () => {
    const old = await store().put("a", text("one"));
    const revision = await store().put("a", text("two"));

    await assert.rejects(store().delete("a", { expectedRevision: old }), {
      code: "ERR_STORE_CONFLICT",
    });
    assert.equal(await store().delete("a", { expectedRevision: revision }), true);
  });

  it("refuses the revision of a key that was deleted and created again", async () => {
    const old = await store().put("a", text("one"));
    await store().delete("a");
    await store().put("a", text("two"), { expectedRevision: ABSENT });

    await assert.rejects(store().put("a", text("three"), { expectedRevision: old }), {
      code: "ERR_STORE_CONFLICT",
    });
  });

  it("lets one of many concurrent writers win each round", async () => {
    await store().put("counter", text("0"));
    let conflicts = 0;
    const increment = async (): Promise<void> => {
      for (;;) {
        const entry = await store().get("counter");
        assert.ok(entry);
        const next = text(String(Number(shown(entry)) + 1));
        try {
          await store().put("counter", next, { expectedRevision: entry.revision });
          return;
        } catch (error) {
          assert.equal((error as { code?: string }).code, "ERR_STORE_CONFLICT");
          conflicts += 1;
        }
      }
    };

    await Promise.all(Array.from({ length: 20 }, increment));

    assert.equal(shown(await store().get("counter")), "20");
    assert.ok(conflicts > 0);
  });
}

export function describeBatches(store: () => Store): void {
  it("applies all operations of a batch, with one revision", async () => {
    await store().put("gone/1", text("x"));
    await store().put("gone/2", text("x"));
    await store().put("old", text("x"));

    const { revision, deleted } = await store().batch([
      { kind: WriteKind.DeletePrefix, prefix: "gone/" },
      { kind: WriteKind.Delete, key: "old" },
      { kind: WriteKind.Put, key: "new/1", value: text("one") },
      { kind: WriteKind.Put, key: "new/2", value: text("two") },
    ]);

    assert.equal(deleted, 3);
    const { entries } = await store().list("");
    assert.deepEqual(
      entries.map((entry) => [entry.key, entry.revision]),
      [
        ["new/1", revision],
        ["new/2", revision],
      ],
    );
  });

  it("applies none when one condition does not hold", async () => {
    const revision = await store().put("a", text("one"));
    const batches: WriteOperation[][] = [
      [
        { kind: WriteKind.Put, key: "b", value: text("x") },
        { kind: WriteKind.Put, key: "a", value: text("x"), expectedRevision: revision + 1 },
      ],
      [
        { kind: WriteKind.DeletePrefix, prefix: "" },
        { kind: WriteKind.Check, key: "a", expectedRevision: ABSENT },
      ],
      [
        { kind: WriteKind.Delete, key: "a" },
        { kind: WriteKind.Check, key: "c", expectedRevision: 5 },
      ],
    ];

    for (const batch of batches) {
      await assert.rejects(store().batch(batch), { code: "ERR_STORE_CONFLICT" });
    }

    assert.deepEqual(await listAll(store(), ""), [["a", Buffer.from("one").toString("hex")]]);
  });

  it("checks conditions against the state before the batch, and lets the last write of a key stay", async () => {
    const revision = await store().put("a", text("one"));

    await store().batch([
      { kind: WriteKind.Check, key: "a", expectedRevision: revision },
      { kind: WriteKind.Delete, key: "a", expectedRevision: revision },
      { kind: WriteKind.Put, key: "a", value: text("two"), expectedRevision: revision },
      { kind: WriteKind.Put, key: "a", value: text("three") },
      { kind: WriteKind.Put, key: "b", value: text("x") },
      { kind: WriteKind.Delete, key: "b" },
    ]);

    assert.deepEqual(await listAll(store(), ""), [["a", Buffer.from("three").toString("hex")]]);
  });

  it("accepts an empty batch", async () => {
    assert.equal((await store().batch([])).deleted, 0);
  });

  it("is seen as a whole or not at all by concurrent reads", async () => {
    const keys = ["a", "b", "c", "d"];
    let writing = true;
    const write = async (): Promise<void> => {
      for (let round = 0; round < 50; round += 1) {
        const value = text(String(round));
        await store().batch(keys.map((key) => ({ kind: WriteKind.Put, key, value })));
      }
      writing = false;
    };
    const read = async (): Promise<void> => {
      do {
        const { entries } = await store().load({ keys, prefixes: [""] });
        assert.ok(entries.length === 0 || entries.length === 4, `${entries.length} entries`);
        assert.ok(new Set(entries.map(shown)).size <= 1, entries.map(shown).join());
        await new Promise((resolve) => setImmediate(resolve));
      } while (writing);
    };

    await Promise.all([write(), read(), read()]);

    assert.equal(shown(await store().get("a")), "49");
  });
}
