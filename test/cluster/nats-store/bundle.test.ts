import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Bundle,
  MAX_WRITES,
  NO_BUNDLE,
  stored,
  traceOf,
  writesAfter,
  writesAfterAny,
} from "../../../src/cluster/nats-store/bundle.ts";
import { BundleCache } from "../../../src/cluster/nats-store/bundle-cache.ts";

/** A home that is written one time after the other; sequences are those of a stream with other homes. */
function written(count: number, first: Bundle = NO_BUNDLE): Bundle[] {
  const bundles = [first];
  for (let at = 1; at <= count; at += 1) {
    const base = bundles.at(-1) as Bundle;
    const next = { items: [], writes: writesAfter(base, `own${base.sequence}-${at}`) };
    bundles.push(stored(next, base.sequence + 10));
  }
  return bundles;
}

describe("the memory of a bundle", () => {
  it("finds a write that was stored, as long as it is one of the last", () => {
    const bundles = written(MAX_WRITES + 1);
    const [, write] = bundles;
    const id = write?.writes[0]?.id ?? "";

    for (const bundle of bundles.slice(1, MAX_WRITES + 1)) {
      assert.deepEqual(traceOf(bundle, id, 0), { trace: "stored", sequence: 10 });
    }
    assert.equal(traceOf(bundles.at(-1) as Bundle, id, 0).trace, "unclear");
  });

  it("proves that a write was refused if it reaches back to what the write expected", () => {
    const bundles = written(8);
    const last = bundles.at(-1) as Bundle;

    assert.equal(traceOf(last, "other", 70).trace, "refused");
    assert.equal(traceOf(last, "other", 50).trace, "refused");
    assert.equal(traceOf(last, "other", 40).trace, "unclear");
    assert.equal(traceOf(bundles[2] as Bundle, "other", 0).trace, "refused");
  });

  it("says nothing while the message that is to be replaced is there", () => {
    assert.equal(traceOf(NO_BUNDLE, "other", 0).trace, "unclear");
    assert.equal(traceOf(written(3).at(-1) as Bundle, "other", 30).trace, "unclear");
  });

  it("does not reach back beyond a write that did not look at what was there", () => {
    const blind = stored({ items: [], writes: writesAfterAny("blind") }, 100);
    const [, after] = written(1, blind) as [Bundle, Bundle];

    assert.equal(traceOf(blind, "other", 50).trace, "unclear");
    assert.equal(traceOf(after, "other", 50).trace, "unclear");
    assert.equal(traceOf(after, "other", 100).trace, "refused");
    assert.deepEqual(traceOf(after, "blind", 50), { trace: "stored", sequence: 100 });
  });
});

describe("the cache of bundles", () => {
  const sized = (sequence: number, bytes: number): Bundle => ({
    sequence,
    items: [{ item: "m", value: new Uint8Array(bytes), revision: sequence }],
    writes: [],
  });

  it("keeps what was used last, within its bytes", () => {
    const cache = new BundleCache(3_000);
    for (const name of ["a", "b", "c"]) cache.keep(name, sized(1, 700));
    assert.equal(cache.find("a")?.sequence, 1);

    cache.keep("d", sized(2, 700));

    assert.deepEqual(
      ["a", "b", "c", "d"].map((name) => cache.find(name)?.sequence),
      [1, undefined, 1, 2],
    );
    assert.ok(cache.sizeBytes <= 3_000);
    cache.keep("huge", sized(3, 4_000));
    assert.equal(cache.find("huge"), undefined);
    for (const name of ["a", "c", "d"]) cache.drop(name);
    assert.equal(cache.sizeBytes, 0);
  });

  it("does not replace what is newer by the answer to an earlier read", () => {
    const cache = new BundleCache();
    cache.keep("a", sized(7, 10));

    cache.keep("a", sized(5, 10));

    assert.equal(cache.find("a")?.sequence, 7);
  });
});
