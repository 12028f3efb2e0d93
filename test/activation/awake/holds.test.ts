import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Holds } from "../../../src/activation/awake/holds.ts";

function startHolds(): { holds: Holds; releases: () => number; at: (ms: number) => void } {
  let [released, nowMs] = [0, 1_000];
  const holds = new Holds(
    () => nowMs,
    () => {
      released += 1;
    },
  );
  const at = (ms: number): void => {
    nowMs = ms;
  };
  return { holds, releases: () => released, at };
}

describe("holds", () => {
  it("are released once: of two taken in one turn, one released twice leaves the other", () => {
    const { holds, releases } = startHolds();
    const [first, second] = [holds.take("internal", "a"), holds.take("internal", "b")];

    first.release();
    first.release();
    const between = [holds.size, holds.first(), releases()];
    second.release();

    assert.deepEqual(between, [1, "internal", 1]);
    assert.deepEqual([holds.size, holds.first(), releases()], [0, "idle", 2]);
  });

  it("are counted by reason, with the oldest of each, in the order of the table", () => {
    const { holds, at } = startHolds();
    holds.take("connection", "websocket");
    at(2_000);
    holds.take("internal", "console wake");
    at(3_000);
    holds.take("internal", "queue ask");

    assert.equal(holds.first(), "internal");
    assert.equal(holds.count("internal"), 2);
    assert.deepEqual(holds.list(), [
      { reason: "internal", count: 2, sinceMs: 2_000, detail: "console wake" },
      { reason: "connection", count: 1, sinceMs: 1_000, detail: "websocket" },
    ]);
  });

  it("are given back by the end of a block", () => {
    const { holds } = startHolds();
    {
      using hold = holds.take("http_request", "GET /");
      assert.equal(hold.reason, "http_request");
      assert.equal(holds.first(), "http_request");
    }

    assert.equal(holds.size, 0);
  });

  it("are released with the activation, after which their release has no effect", () => {
    const { holds, releases } = startHolds();
    const hold = holds.take("queue_message", undefined);

    holds.releaseAll();
    hold.release();

    assert.deepEqual([holds.size, holds.list(), releases()], [0, [], 0]);
  });
});
