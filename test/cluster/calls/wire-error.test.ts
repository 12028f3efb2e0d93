import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterError, DeliveryError, LimelightError } from "../../../src/base/errors.ts";
import { PublicError } from "../../../src/base/public-error.ts";
import { fromWireError, toWireError } from "../../../src/cluster/calls/wire-error.ts";

/** Sends an error as JSON. */
function sent(thrown: unknown): Error | undefined {
  return fromWireError(JSON.parse(JSON.stringify(toWireError(thrown))));
}

describe("errors between processes", () => {
  it("keep the code, status and data of a public error, and lose its cause", () => {
    const cause = new Error("password 123");
    const error = new PublicError("too little", {
      code: "TOO_LITTLE",
      status: 409,
      data: { left: 3 },
      cause,
    });

    const received = sent(error);

    assert.ok(PublicError.is(received));
    const { message, code, status, data } = received;
    assert.deepEqual(
      { message, code, status, data },
      { message: "too little", code: "TOO_LITTLE", status: 409, data: { left: 3 } },
    );
    assert.equal(received.cause, undefined);
  });

  it("leave out data that is no JSON or larger than 4 KiB", () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    for (const data of [cyclic, "x".repeat(5_000)]) {
      const received = sent(new PublicError("no", { code: "NO", data }));
      assert.ok(PublicError.is(received));
      assert.equal(received.data, undefined);
    }
  });

  it("keep what a delivery error says of its message", () => {
    const received = sent(
      new DeliveryError("full", {
        code: "ERR_MAILBOX_FULL",
        actorId: "cart/a",
        messageType: "add",
        args: ["secret"],
      }),
    );

    assert.ok(received instanceof DeliveryError);
    const { code, actorId, messageType, args } = received;
    assert.deepEqual(
      [code, actorId, messageType, args],
      ["ERR_MAILBOX_FULL", "cart/a", "add", undefined],
    );
  });

  it("keep the coded cause of a failed start, and no other one", () => {
    const inner = new LimelightError("no input", {
      code: "ERR_INPUT_MISSING",
      cause: new Error("inner"),
    });
    const failed = {
      code: "ERR_START_FAILED",
      actorId: "cart/a",
      messageType: "add",
      phase: "state",
    } as const;

    const coded = sent(new DeliveryError("start", { ...failed, cause: inner }));
    const plain = sent(new DeliveryError("start", { ...failed, cause: new Error("secret") }));

    assert.ok(coded instanceof DeliveryError && LimelightError.is(coded.cause));
    assert.deepEqual(
      [coded.phase, coded.cause.code, coded.cause.cause],
      ["state", "ERR_INPUT_MISSING", undefined],
    );
    assert.equal(plain?.cause, undefined);
  });

  it("know cluster errors by their codes", () => {
    const received = sent(new ClusterError("gone", { code: "ERR_NOT_OWNER", runnerId: "r-1" }));

    assert.ok(received instanceof ClusterError);
    assert.deepEqual([received.code, received.runnerId], ["ERR_NOT_OWNER", "r-1"]);
  });

  it("keep the name, message and code of other errors", () => {
    const error = Object.assign(new TypeError("x is no function"), { code: "EBAD" });

    const received = sent(error);

    assert.ok(received instanceof Error);
    assert.deepEqual(
      [received.name, received.message, (received as { code?: string }).code],
      ["TypeError", "x is no function", "EBAD"],
    );
  });

  it("say that something else was thrown", () => {
    const received = sent("text");

    assert.ok(LimelightError.is(received));
    assert.equal(received.code, "ERR_THROWN_VALUE");
  });

  it("never fail because of what was thrown", () => {
    const hostile = new Proxy(new Error("x"), {
      get() {
        throw new Error("trap");
      },
    });

    assert.ok(sent(hostile) instanceof Error);
  });

  it("are shortened to 1,000 characters", () => {
    assert.equal(sent(new Error("x".repeat(9_000)))?.message.length, 1_000);
  });

  it("are refused if they are none of the format", () => {
    const invalid: unknown[] = [
      null,
      "text",
      {},
      { kind: "public", message: "x", code: "ERR_X", status: 400 },
      { kind: "public", message: "x", code: "OK", status: 200 },
      { kind: "limelight", message: "x", code: "bad" },
      { kind: "limelight", message: 1, code: "ERR_X" },
      { kind: "strange", message: "x" },
    ];
    for (const value of invalid) assert.equal(fromWireError(value), undefined);
  });
});
