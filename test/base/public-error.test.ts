import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorType } from "../../src/base/errors.ts";
import { PublicError } from "../../src/base/public-error.ts";

const invalidOption = { code: "ERR_INVALID_OPTION", name: "UsageError" };

describe("PublicError", () => {
  it("has the status 400 and no data unless given", () => {
    const cause = new Error("inner");

    const plain = new PublicError("no", { code: "NO", cause });
    const full = new PublicError("no", { code: "NO_MEMBER", status: 403, data: { left: 1 } });

    assert.deepEqual([plain.code, plain.status, plain.data], ["NO", 400, undefined]);
    assert.deepEqual([full.code, full.status, full.data], ["NO_MEMBER", 403, { left: 1 }]);
    assert.equal(plain.cause, cause);
    assert.equal(String(plain), "PublicError: no");
    assert.equal(errorType(full), "NO_MEMBER");
  });

  it("is told from other errors, also in another copy of the package", () => {
    const foreign = Object.assign(new Error("no"), { "limelight.public": true });

    const answers = [new PublicError("no", { code: "NO" }), foreign, new Error("no"), null, "no"];

    assert.deepEqual(answers.map(PublicError.is), [true, true, false, false, false]);
  });

  for (const code of ["", "N", "no", "1NO", "ERR_NO", "NO-MEMBER", `N${"O".repeat(64)}`, 5]) {
    it(`refuses the code ${JSON.stringify(code)}`, () => {
      assert.throws(() => new PublicError("no", { code } as never), invalidOption);
    });
  }

  for (const status of [399, 500, 400.5, Number.NaN, "404"]) {
    it(`refuses the status ${JSON.stringify(status)}`, () => {
      const options = { code: "NO", status } as never;

      assert.throws(() => new PublicError("no", options), invalidOption);
    });
  }
});
