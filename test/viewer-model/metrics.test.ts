import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MetricChart, MetricSeries } from "../../src/viewer/history/metric-series.ts";
import { unitText } from "../../src/viewer/metric-units.ts";
import type { MetricPoint, MetricRow } from "../../src/wire/answers.ts";

function metric(kind: MetricRow["kind"], points: readonly MetricPoint[], name = "m"): MetricRow {
  return { name, description: "", unit: "{message}", kind, points };
}

function point(type: string, value: number, percentiles: Partial<MetricPoint> = {}): MetricPoint {
  return { attributes: { "actor.type": type }, value, ...percentiles };
}

/** The values of each line of the only chart. */
function linesOf(series: MetricSeries): Record<string, readonly (number | null)[]> {
  const [chart] = series.charts() as [MetricChart];
  return Object.fromEntries(chart.lines.map(({ label, values }) => [label, values]));
}

describe("charts of metrics", () => {
  it("show counters as rates a second, and no rate across a reset", () => {
    const series = new MetricSeries();
    series.add(1_000, [metric("counter", [point("desk", 10)])]);
    series.add(3_000, [metric("counter", [point("desk", 50)])]);
    series.add(4_000, [metric("counter", [point("desk", 5)])]);

    assert.deepEqual(linesOf(series), { desk: [null, 20, null] });
  });

  it("show gauges as they are and histograms by their 95th percentile", () => {
    const [gauge, histogram] = [new MetricSeries(), new MetricSeries()];
    gauge.add(1_000, [metric("gauge", [point("desk", 4)])]);
    histogram.add(1_000, [metric("histogram", [point("desk", 9, { p50: 1, p95: 2, p99: 3 })])]);

    assert.deepEqual(linesOf(gauge), { desk: [4] });
    assert.deepEqual(linesOf(histogram), { desk: [2] });
  });

  it("have gaps where a series was not there", () => {
    const series = new MetricSeries();
    series.add(1_000, [metric("gauge", [point("desk", 1)])]);
    series.add(2_000, [metric("gauge", [point("till", 2)])]);
    series.add(3_000, [metric("gauge", [point("desk", 3), point("till", 4)])]);

    assert.deepEqual(linesOf(series), { desk: [1, null, 3], till: [null, 2, 4] });
  });

  it("draw the largest few and count the others; ten minutes at most", () => {
    const series = new MetricSeries();
    for (let at = 0; at < 700; at += 1) {
      const points = Array.from({ length: 10 }, (_, type) => point(`t${type}`, type));
      series.add(at * 1_000, [metric("gauge", points)]);
    }
    const [chart] = series.charts() as [MetricChart];

    assert.deepEqual([chart.lines[0]?.label, chart.lines.length, chart.hidden], ["t9", 6, 4]);
    assert.equal(chart.times.length, 600);
    assert.ok(chart.lines.every(({ values }) => values.length === 600));
  });

  it("are written in their unit", () => {
    assert.equal(unitText({ unit: "s", kind: "histogram" })(0.0034), "3.4 ms");
    assert.equal(unitText({ unit: "{message}", kind: "counter" })(12), "12/s");
    assert.equal(unitText({ unit: "By", kind: "gauge" })(2_048), "2.0 KiB");
    assert.equal(unitText({ unit: "{actor}", kind: "gauge" })(0.5), "0.5");
  });
});
