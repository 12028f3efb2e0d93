import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { awakeText } from "../../src/viewer/awake-texts.ts";
import { AwakeReason } from "../../src/wire/snapshot.ts";

describe("the reasons why an actor is awake", () => {
  it("are described with their number and what they are", () => {
    const text = (reason: AwakeReason, count: number, detail: string | null = null): string =>
      awakeText({ reason, count, sinceAtMs: null, detail });

    assert.deepEqual(
      [
        text("handling", 1, "add"),
        text("mailbox", 1),
        text("mailbox", 12_000),
        text("task", 2, "upload, sync"),
        text("child", 1),
        text("keep_awake", 2),
        text("reply", 2),
        text("queue_message", 1),
        text("http_request", 3),
      ],
      [
        "handles a message: add",
        "a message waits",
        "12k messages wait",
        "2 tasks: upload, sync",
        "1 child",
        "2 promises given to keepAwake",
        "owes 2 replies",
        "1 queue message not completed",
        "answers 3 HTTP requests",
      ],
    );
  });

  it("have a description each", () => {
    for (const reason of Object.values(AwakeReason)) {
      assert.ok(awakeText({ reason, count: 1, sinceAtMs: null, detail: null }).length > 3, reason);
    }
  });
});
