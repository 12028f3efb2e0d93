import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PublicError } from "../../../src/base/public-error.ts";
import { failureOf } from "../../../src/gateway/call/failures.ts";
import { isDataGiven } from "../../../src/gateway/call/public-failure.ts";

function withData(data: unknown): PublicError {
  return new PublicError("no", { code: "NO", data });
}

describe("a public error outside", () => {
  it("says its code, status, message and data, as they are when it is thrown", () => {
    const data = { left: 1, at: new Date(0) };

    const failure = failureOf(
      new PublicError("sold out", { code: "SOLD_OUT", status: 409, data }),
      true,
    );
    data.left = 2;

    assert.deepEqual(failure, {
      status: 409,
      code: "SOLD_OUT",
      message: "sold out",
      outcome: "failed",
      data: { left: 1, at: "1970-01-01T00:00:00.000Z" },
    });
  });

  it("has no data that is no JSON, or larger than 4 KiB", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;

    for (const data of [10n, cycle, () => 1, "x".repeat(5_000)]) {
      assert.equal(failureOf(withData(data), true)?.data, undefined);
      assert.equal(isDataGiven(withData(data)), false);
    }
    assert.equal(isDataGiven(withData(undefined)), true);
    assert.equal(isDataGiven(withData(0)), true);
  });

  it("is none if its code has been changed to one of limelight, and 400 if its status has", () => {
    const foreign = (fields: object): unknown =>
      Object.assign(new Error("no"), { "limelight.public": true, code: "NO", status: 404 }, fields);

    assert.equal(failureOf(foreign({}), true)?.status, 404);
    assert.equal(failureOf(foreign({ status: 200 }), true)?.status, 400);
    assert.equal(failureOf(foreign({ code: "ERR_TOKEN" }), true), undefined);
    assert.equal(failureOf(foreign({ code: 5 }), true), undefined);
    assert.equal(failureOf(foreign({ message: "m".repeat(5_000) }), true)?.message.length, 1_000);
  });
});
