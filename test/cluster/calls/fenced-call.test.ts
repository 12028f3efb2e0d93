import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterError, DeliveryError, ErrorCode } from "../../../src/base/errors.ts";
import { isFenced, leaseLost } from "../../../src/cluster/calls/fenced-call.ts";
import { fromWireError, toWireError } from "../../../src/cluster/calls/wire-error.ts";

const CALL = { owner: { type: "cart", keyText: "a" }, name: "add" };
const code = ErrorCode.NotOwner;

function arrived(error: Error): Error | undefined {
  return fromWireError(JSON.parse(JSON.stringify(toWireError(error))));
}

describe("a call whose activation was fenced", () => {
  it("is known by the error of its runner, and by that of its activation", () => {
    const ended = { code, actorId: "cart/483a2c-d", messageType: "add" };

    assert.ok(isFenced(CALL, arrived(leaseLost(CALL))));
    assert.ok(isFenced(CALL, arrived(new DeliveryError("no longer runs it", ended))));
  });

  it("is told from one whose handler has failed with the code of another actor or message", () => {
    const other = [
      new ClusterError("of a handler", { code }),
      leaseLost({ ...CALL, name: "pay" }),
      leaseLost({ ...CALL, owner: { type: "carton", keyText: "a" } }),
      new DeliveryError("too late", {
        code: ErrorCode.AskTimeout,
        actorId: "cart/a",
        messageType: "add",
      }),
    ];

    for (const error of other) assert.ok(!isFenced(CALL, arrived(error)), error.message);
  });
});
