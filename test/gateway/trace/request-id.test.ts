import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isRequestId, RequestIds } from "../../../src/gateway/trace/request-id.ts";
import { traceResponseOf } from "../../../src/gateway/trace/trace-response.ts";

describe("the id of a request", () => {
  it("is taken over if it is short and plain", () => {
    const good = ["abcdefgh", "A-Z_0-9x", "x".repeat(64)];
    const bad = [
      "",
      "abcdefg",
      "x".repeat(65),
      "abc defgh",
      "abcdefgh\n",
      "\u001b[31mabcdefgh",
      "abcdéfgh",
      "a.b.c.d.e",
    ];

    assert.deepEqual(good.filter(isRequestId), good);
    assert.deepEqual(bad.filter(isRequestId), []);
    assert.equal(isRequestId(undefined), false);
  });

  it("is otherwise new, different in each gateway, and could itself be taken over", () => {
    const [one, two] = [new RequestIds(), new RequestIds()];
    const ids = new Set([one.next(), one.next(), two.next(), two.next()]);

    assert.equal(ids.size, 4);
    for (const id of ids) assert.ok(isRequestId(id), id);
  });
});

describe("traceresponse", () => {
  const [traceId, spanId] = ["1".repeat(32), "2".repeat(16)];

  it("names trace, span and known flags", () => {
    assert.equal(traceResponseOf({ traceId, spanId, traceFlags: 1 }), `00-${traceId}-${spanId}-01`);
    assert.equal(
      traceResponseOf({ traceId, spanId, traceFlags: 0xff }),
      `00-${traceId}-${spanId}-03`,
    );
  });

  it("is not sent without a trace", () => {
    assert.equal(traceResponseOf(undefined), undefined);
    assert.equal(traceResponseOf({ traceId: "0".repeat(32), spanId, traceFlags: 1 }), undefined);
  });
});
