import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StartupRow } from "../../src/console.ts";
import { startBreakdown } from "../../src/demo/start-breakdown.ts";
import { order } from "../_support/demo-client.ts";
import { DemoProcess } from "../_support/demo-process.ts";

const START: StartupRow = {
  generation: 1,
  requestedAtMs: 0,
  durationMs: 4,
  isNew: true,
  outcome: "ok",
  errorType: null,
  roundTrips: 1,
  traceId: null,
  phases: [
    { phase: "load", owner: "internal", startMs: 1, durationMs: 2, outcome: "ok" },
    { phase: "on_create", owner: "user", startMs: 3, durationMs: 0.01, outcome: "ok" },
  ],
};

describe("the start of an order", () => {
  it("is a bar for each phase, at its time, and tells whose code it was", () => {
    assert.deepEqual(startBreakdown("54b44245", START).split("\n"), [
      "",
      "  start    order 54b44245 was created in 4.00 ms, with 1 round trip to the store",
      "           load       ······████████████······    2.00 ms  limelight",
      "           on_create  ··················█·····    0.01 ms  the order's code",
      "",
      "",
    ]);
  });

  it("tells a wake from a creation, and fits a step at the end", () => {
    const phases = [
      { phase: "on_wake", owner: "user", startMs: 4, durationMs: 0, outcome: "ok" } as const,
    ];
    const text = startBreakdown("54b44245", { ...START, isNew: false, roundTrips: 2, phases });

    assert.match(text, /was woken in 4\.00 ms, with 2 round trips to the store\n/);
    assert.match(text, / {2}·{23}█ {4}0\.00 ms {2}/);
  });

  it("is printed for the first order, once", async () => {
    await using demo = await DemoProcess.open(["--no-load", "--payment-failure-rate", "0"]);
    const first = await order(demo.url, { item: "lamp", quantity: 1 });
    await order(demo.url, { item: "lamp", quantity: 1 });
    demo.signal("SIGTERM");
    await demo.ended;

    const [, text = ""] = demo.stderr.split("  start    order ");
    assert.match(
      text,
      new RegExp(`^${first.json.id} was created in \\d+\\.\\d\\d ms, with 1 round`),
    );
    assert.match(text, /^ {11}load {3}[·█]{24} .+ limelight$/m);
    assert.equal(demo.stderr.split("  start    order ").length, 2);
  });
});
