import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { replyText } from "../../../src/gateway/call/reply-text.ts";

describe("the text of a reply", () => {
  it("is its JSON, and none for undefined", () => {
    assert.deepEqual(replyText(undefined, 10), { text: undefined });
    assert.deepEqual(replyText(null, 10), { text: "null" });
    assert.deepEqual(replyText({ at: new Date(0) }, 100), {
      text: '{"at":"1970-01-01T00:00:00.000Z"}',
    });
  });

  it("is limited in bytes of UTF-8, not in characters", () => {
    assert.deepEqual(replyText("ключ", 10), { text: '"ключ"' });
    const tooLarge = replyText("ключ", 9);
    assert.deepEqual(
      [tooLarge.code, "sizeBytes" in tooLarge && tooLarge.sizeBytes],
      ["ERR_REPLY_TOO_LARGE", 10],
    );
  });

  it("is missing for what is no JSON", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const throwing = {
      toJSON() {
        throw new RangeError("no");
      },
    };

    for (const value of [10n, cycle, throwing, () => 1, Symbol("s")]) {
      assert.equal(replyText(value, 100).code, "ERR_REPLY_INVALID");
    }
  });
});
