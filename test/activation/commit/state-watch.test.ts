import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StateWatch } from "../../../src/activation/commit/state-watch.ts";
import { countReads } from "../../_support/counted-reads.ts";

function setUp(text: string | undefined): StateWatch {
  const watch = new StateWatch({ root: "state", maxBytes: 1_000 });
  watch.loaded(text);
  return watch;
}

describe("a state that is compared before a round of commits", () => {
  it("is known to be stored if its text is the stored one", () => {
    const watch = setUp('{"total":1}');

    assert.equal(watch.isLikelyStored({ total: 1 }), true);
    assert.equal(watch.isLikelyStored({ total: 2 }), false);
    assert.equal(watch.isLikelyStored(undefined), false);
  });

  it("is known to be stored if there is none", () => {
    const watch = setUp(undefined);

    assert.equal(watch.isLikelyStored(undefined), true);
    assert.equal(
      watch.isLikelyStored(() => 1),
      false,
    ); // has no text either
    assert.equal(watch.isLikelyStored({ total: 1n }), false); // the commit reports it
  });

  it("is not compared after a commit that contained it, until one has found no change", () => {
    const watch = setUp('{"total":1}');
    let reads = 0;
    const state = countReads({ total: 2 }, "total", () => {
      reads += 1;
    });

    watch.change(state);
    const readsBefore = reads;
    const first = watch.isLikelyStored(state);
    const compared = reads > readsBefore;
    watch.change(state);
    const second = watch.isLikelyStored(state);

    assert.deepEqual([first, compared, second], [false, false, true]);
  });
});
