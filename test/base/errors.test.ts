import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  DeliveryError,
  errorType,
  LimelightError,
  toError,
  UsageError,
} from "../../src/base/errors.ts";

/** The rule of `error.type`: what a metric can carry. */
const LOW_CARDINALITY = /^[A-Za-z_$][\w$]{0,63}$/;

describe("errors of limelight", () => {
  it("carry their code, cause and class name", () => {
    const cause = new Error("disk");
    const error = new DeliveryError("lost", {
      code: "ERR_ACTOR_STOPPED",
      actorId: "a/1",
      messageType: "say",
      cause,
    });

    const { code, actorId, messageType } = error;
    assert.deepEqual([code, actorId, messageType], ["ERR_ACTOR_STOPPED", "a/1", "say"]);
    assert.equal(error.cause, cause);
    assert.equal(String(error), "DeliveryError: lost");
    assert.ok(error instanceof LimelightError && error instanceof Error);
  });

  it("have no cause unless one was given", () => {
    const error = new UsageError("bad", { code: "ERR_INVALID_OPTION", cause: undefined });

    assert.ok(!("cause" in error));
    assert.equal(error.name, "UsageError");
  });

  it("are recognised across copies of the package by their brand", () => {
    const foreign = Object.assign(new Error("other copy"), { "limelight.error": true });

    const verdicts = [foreign, new Error("plain"), null, undefined, "text", 7].map((value) =>
      LimelightError.is(value),
    );

    assert.deepEqual(verdicts, [true, false, false, false, false, false]);
  });
});

describe("errorType", () => {
  it("is the code of a coded error, of limelight or of Node", () => {
    const coded = new LimelightError("x", { code: "ERR_ABORTED" });
    const system = Object.assign(new Error("x"), { code: "ECONNREFUSED" });

    assert.deepEqual([coded, system].map(errorType), ["ERR_ABORTED", "ECONNREFUSED"]);
  });

  it("is the class of any other error", () => {
    assert.equal(errorType(new RangeError("x")), "RangeError");
  });

  it("is `_OTHER` for what is no error", () => {
    const types = [undefined, null, "text", 42, {}, []].map(errorType);

    assert.deepEqual([...new Set(types)], ["_OTHER"]);
  });

  it("never carries more than a metric can, regardless of what the error says of itself", () => {
    const claims = fc.record({ name: fc.string(), code: fc.oneof(fc.string(), fc.integer()) });
    fc.assert(
      fc.property(claims, (claim) => {
        const type = errorType(Object.assign(new Error("x"), claim));

        assert.match(type, LOW_CARDINALITY);
      }),
    );
  });
});

describe("toError", () => {
  it("leaves an error as it is", () => {
    const error = new RangeError("x");

    assert.equal(toError(error), error);
  });

  for (const thrown of [undefined, null, "text", 0, { code: "ERR_ABORTED" }]) {
    it(`wraps ${JSON.stringify(thrown)} with a code and as the cause`, () => {
      const error = toError(thrown);

      assert.ok(error instanceof LimelightError);
      assert.equal(error.code, "ERR_THROWN_VALUE");
      assert.equal(error.cause, thrown);
    });
  }
});
