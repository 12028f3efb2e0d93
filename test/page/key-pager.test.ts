import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Answer, KeysRequest } from "../../src/page/state/data-source.ts";
import { KeyPager, type LoadedKeys } from "../../src/page/state/key-pager.ts";
import type { KeyList, KeyListRow } from "../../src/wire/keys.ts";
import { keyRow } from "../_support/console-keys.ts";

const WANTED = { system: "shop", type: "cart", prefix: "", state: "" };

function rows(from: number, count: number): KeyListRow[] {
  return Array.from({ length: count }, (_, at) => {
    const key = String(from + at).padStart(5, "0");
    return { ...keyRow("cart", [key]), system: "shop" };
  });
}

/** A source of `total` keys, whose cursor is a position. */
class Source {
  readonly requests: KeysRequest[] = [];
  total: number;
  /** Overrides the next answers. */
  readonly answers: Answer<KeyList>[] = [];

  constructor(total: number) {
    this.total = total;
  }

  keys = async (request: KeysRequest): Promise<Answer<KeyList>> => {
    this.requests.push(request);
    const given = this.answers.shift();
    if (given !== undefined) return given;
    const from = Number(request.cursor);
    const to = Math.min(this.total, from + request.limit);
    const cursor = to < this.total ? String(to) : null;
    return { value: { keys: rows(from, to - from), cursor }, problem: null };
  };
}

function openPager(source: Source): { pager: KeyPager; seen: LoadedKeys[] } {
  const seen: LoadedKeys[] = [];
  const pager = new KeyPager(source, WANTED, (loaded) => seen.push(loaded));
  return { pager, seen };
}

describe("a list of keys", () => {
  it("grows page by page, to its end", async () => {
    const source = new Source(250);
    const { pager, seen } = openPager(source);

    await pager.refresh();
    await pager.more();
    await pager.more();
    await pager.more();

    assert.deepEqual(
      seen.map((loaded) => [loaded.rows.length, loaded.cursor]),
      [
        [100, "100"],
        [200, "200"],
        [250, null],
      ],
    );
    assert.equal(source.requests.length, 3);
  });

  it("is read again as far as it is known, and finds new keys", async () => {
    const source = new Source(150);
    const { pager, seen } = openPager(source);
    await pager.refresh();
    await pager.more();
    source.total = 160;

    await pager.refresh();

    assert.equal(source.requests.at(-1)?.limit, 150);
    assert.deepEqual([seen.at(-1)?.rows.length, seen.at(-1)?.cursor], [150, "150"]);
  });

  it("keeps what lies beyond the largest page when it is read again", async () => {
    const source = new Source(5_000);
    const { pager, seen } = openPager(source);
    await pager.refresh();
    for (let pages = 1; pages < 12; pages += 1) await pager.more();

    await pager.refresh();

    assert.deepEqual([seen.at(-1)?.rows.length, seen.at(-1)?.cursor], [1_200, "1200"]);
  });

  it("reads on past empty pages", async () => {
    const source = new Source(10);
    source.answers.push(
      { value: { keys: [], cursor: "3" }, problem: null },
      { value: { keys: [], cursor: "7" }, problem: null },
    );
    const { pager, seen } = openPager(source);

    await pager.refresh();

    assert.deepEqual(
      source.requests.map(({ cursor }) => cursor),
      ["", "3", "7"],
    );
    assert.equal(seen.at(-1)?.rows.length, 3);
  });

  it("keeps what it has when the store does not answer", async () => {
    const source = new Source(250);
    const { pager, seen } = openPager(source);
    await pager.refresh();
    source.answers.push({ value: null, problem: "the store is closed" });

    await pager.more();
    assert.deepEqual(
      [seen.at(-1)?.rows.length, seen.at(-1)?.problem],
      [100, "the store is closed"],
    );

    await pager.more();
    assert.deepEqual([seen.at(-1)?.rows.length, seen.at(-1)?.problem], [200, null]);
  });

  it("reads one page at a time, and nothing without a type", async () => {
    const source = new Source(250);
    const { pager } = openPager(source);
    await Promise.all([pager.refresh(), pager.refresh(), pager.more()]);
    assert.equal(source.requests.length, 1);

    const none = new KeyPager(source, { ...WANTED, type: "" }, () => assert.fail());
    await none.refresh();
    assert.equal(source.requests.length, 1);
  });
});
