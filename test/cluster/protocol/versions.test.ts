import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  commonVersion,
  negotiateVersion,
  requireVersion,
} from "../../../src/cluster/protocol/versions.ts";

describe("versions of the protocol", () => {
  it("have in common the newest that both speak", () => {
    assert.equal(commonVersion({ min: 1, max: 2 }, { min: 2, max: 3 }), 2);
    assert.equal(commonVersion({ min: 2, max: 3 }, { min: 1, max: 2 }), 2);
    assert.equal(commonVersion({ min: 1, max: 1 }, { min: 2, max: 3 }), undefined);
  });

  it("are negotiated among all, in both directions of an upgrade", () => {
    const old = { min: 1, max: 2 };
    const next = { min: 2, max: 3 };

    assert.equal(negotiateVersion(next, []), 3);
    assert.equal(negotiateVersion(next, [["a", old]]), 2);
    assert.equal(negotiateVersion(old, [["b", next]]), 2);
    assert.equal(
      negotiateVersion(next, [
        ["a", next],
        ["b", next],
      ]),
      3,
    );
  });

  it("are refused with the name of the process that has none in common", () => {
    assert.throws(
      () =>
        negotiateVersion({ min: 2, max: 3 }, [
          ["a", { min: 1, max: 2 }],
          ["b", { min: 3, max: 3 }],
        ]),
      { code: "ERR_PROTOCOL_VERSION", message: /^b speaks versions 3 to 3/ },
    );
    assert.throws(() => requireVersion(2), { code: "ERR_PROTOCOL_VERSION" });
    requireVersion(1);
  });
});
