import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Diagnostics } from "../../src/preload/diagnostics.ts";
import { ExportReports } from "../../src/preload/otlp/export-reports.ts";
import { ManualClock } from "../../src/testing.ts";

type Line = Readonly<Record<string, unknown>>;

/** Reports of a collector, and the lines written about it without their time. */
function reports() {
  const clock = new ManualClock();
  const lines: Line[] = [];
  const write = (line: string): void => {
    const { level, name, time, ...rest } = JSON.parse(line);
    lines.push(rest);
  };
  const spans = new ExportReports("spans", clock, new Diagnostics({ clock, write }));
  const fail = (errorType = "ECONNREFUSED"): void => {
    spans.failed({ errorType, reason: "no collector", lost: 2 });
  };
  return { clock, lines, spans, fail };
}

/** Fails every 5 s for that long, as the exporter does without a collector. */
async function failFor(minutes: number, { clock, fail }: ReturnType<typeof reports>) {
  for (let second = 0; second < minutes * 60; second += 5) {
    fail();
    await clock.advance(5_000);
  }
}

describe("reports of failed exports", () => {
  it("come less and less often while the collector is away", async () => {
    const open = reports();

    await failFor(16, open);

    // At the start, after 1 min, and then each time after twice the time: 3, 7, 15 min.
    assert.equal(open.lines.length, 5);
    assert.deepEqual(open.lines[0], {
      spans: 2,
      error_type: "ECONNREFUSED",
      reason: "no collector",
      msg: "spans not exported",
    });
    assert.deepEqual([open.lines[1]?.["spans"], open.lines[1]?.["failures"]], [24, 12]);
  });

  it("end with one line when the collector is back, and start over", async () => {
    const open = reports();
    await failFor(2, open);
    open.lines.length = 0;

    open.spans.succeeded();
    open.spans.succeeded();
    open.fail();

    assert.deepEqual(open.lines[0], { failures: 24, outage_s: 120, msg: "spans exported again" });
    assert.deepEqual(
      open.lines.map(({ msg }) => msg),
      ["spans exported again", "spans not exported"],
    );
  });

  it("come at once when exports fail for another reason", () => {
    const open = reports();

    open.fail();
    open.fail();
    open.fail("401");

    assert.deepEqual(
      open.lines.map(({ error_type }) => error_type),
      ["ECONNREFUSED", "401"],
    );
    assert.equal(open.lines[1]?.["spans"], 4);
  });
});
