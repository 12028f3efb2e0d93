import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrorCode, StoreError, UsageError } from "../../../src/base/errors.ts";
import { WriteOutcome, writeOutcome } from "../../../src/store/contract/outcomes.ts";

describe("the outcome of a write that has thrown", () => {
  it("is a rejection for every code of a store but one", () => {
    const codes = Object.values(ErrorCode).filter((code) => code.startsWith("ERR_STORE_"));

    const unknown = codes.filter(
      (code) =>
        writeOutcome(new StoreError("x", { code: code as StoreError["code"] })) ===
        WriteOutcome.Unknown,
    );

    assert.equal(codes.length, 12);
    assert.deepEqual(unknown, ["ERR_STORE_UNKNOWN_OUTCOME"]);
    const usage = new UsageError("x", { code: ErrorCode.InvalidOption });
    assert.equal(writeOutcome(usage), WriteOutcome.Rejected);
  });

  it("is unknown for what limelight has not thrown", () => {
    for (const thrown of [new Error("socket closed"), undefined, "text", null]) {
      assert.equal(writeOutcome(thrown), WriteOutcome.Unknown);
    }
  });
});
