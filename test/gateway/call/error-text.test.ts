import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DeliveryError, ErrorCode, LimelightError } from "../../../src/base/errors.ts";
import { outsideText } from "../../../src/gateway/call/error-text.ts";

function error(message: string, actorId?: string): LimelightError {
  const code = ErrorCode.AskTimeout;
  if (actorId === undefined) return new LimelightError(message, { code });
  return new DeliveryError(message, { code, actorId, messageType: "add" });
}

describe("the text of an error outside", () => {
  it("has types in place of ids and keys", () => {
    const late =
      "no reply to add of cart/alice smith within 5 ms; the reply is up to desk/66a5bf-4; it waits";
    const rows: readonly (readonly [LimelightError, string])[] = [
      [
        error(late, "cart/alice smith"),
        "no reply to add of cart within 5 ms; the reply is up to desk; it waits",
      ],
      [
        error("mailbox of cart/66a5bf-4 is full (3 messages)"),
        "mailbox of cart is full (3 messages)",
      ],
      [error("queue jobs of a.b-c/x,y, is full"), "queue jobs of a.b-c, is full"],
    ];

    for (const [given, text] of rows) assert.equal(outsideText(given), text);
  });

  it("ends before the text of the cause, and is short", () => {
    assert.equal(
      outsideText(error("cart/1 could not start: s3cret: more")),
      "cart could not start",
    );
    assert.equal(outsideText(error("x".repeat(5_000))).length, 200);
    assert.equal(outsideText(error("")), "");
  });

  it("is empty for an error that cannot be read", () => {
    const hostile = {
      get message(): string {
        throw new Error("no");
      },
    };

    assert.equal(outsideText(hostile), "");
  });
});
