import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Hold, Holds } from "../../../src/activation/awake/holds.ts";

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

  it("are not looked at one by one for their number and the first reason, however many there are", () => {
    const { holds } = startHolds();
    let looks = 0;
    for (let at = 0; at < 5_000; at += 1) {
      const hold = holds.take(at % 2 === 0 ? "queue_message" : "connection", "job");
      const look = (): string => {
        looks += 1;
        return "queue_message";
      };
      Object.defineProperty(hold, "reason", { get: look });
    }

    assert.equal(holds.first(), "queue_message");
    assert.deepEqual(
      [holds.count("queue_message"), holds.count("internal"), holds.size],
      [2_500, 0, 5_000],
    );
    assert.equal(looks, 0);
  });

  it("have the same numbers as a list of them after any takes and releases", () => {
    const reasons = ["internal", "queue_message", "connection", "http_request"] as const;
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 99 }), { maxLength: 80 }), (numbers) => {
        const { holds } = startHolds();
        const taken: Hold[] = [];
        const held: Hold[] = [];
        for (const number of numbers) {
          const hold = taken[Math.floor(number / 4)];
          if (hold === undefined) {
            taken.push(holds.take(reasons[number % 4] ?? "internal", undefined));
            held.push(...taken.slice(-1));
          } else {
            hold.release();
            if (held.includes(hold)) held.splice(held.indexOf(hold), 1);
          }
          const counts = reasons.map((name) => held.filter(({ reason }) => reason === name).length);
          assert.deepEqual(
            reasons.map((reason) => holds.count(reason)),
            counts,
          );
          assert.equal(holds.first(), reasons[counts.findIndex((count) => count > 0)] ?? "idle");
          assert.equal(holds.size, held.length);
        }
      }),
      { numRuns: 100 },
    );
  });
});
