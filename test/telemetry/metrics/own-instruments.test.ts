import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { UpDownCounter } from "@opentelemetry/api";
import fc from "fast-check";
import { DeltaGauge, latencyHistogram, metricProducer } from "../../../src/telemetry.ts";
import { Readings } from "../../_support/telemetry-readings.ts";

/** An up-down counter that remembers what it was told. */
class FakeCounter implements UpDownCounter {
  readonly added: number[] = [];

  add(value: number): void {
    this.added.push(value);
  }

  get level(): number {
    return this.added.reduce((sum, value) => sum + value, 0);
  }
}

describe("DeltaGauge", () => {
  it("adds only what has changed", () => {
    const counter = new FakeCounter();
    const gauge = new DeltaGauge(counter);

    for (const level of [3, 3, 5, 4]) gauge.set(level);
    gauge.add(2);

    assert.deepEqual(counter.added, [3, 2, -1, 2]);
    assert.equal(gauge.level, 6);
  });

  it("is never negative and never anything but a number, regardless of what it is told", () => {
    const move = fc.record({
      way: fc.constantFrom("set" as const, "add" as const),
      value: fc.oneof(
        fc.integer({ min: -10, max: 10 }),
        fc.constantFrom(Number.NaN, Infinity, -Infinity),
      ),
    });
    fc.assert(
      fc.property(fc.array(move), (moves) => {
        const counter = new FakeCounter();
        const gauge = new DeltaGauge(counter);
        for (const { way, value } of moves) {
          gauge[way](value);
          assert.ok(Number.isFinite(gauge.level) && gauge.level >= 0, `${way}(${value})`);
          assert.equal(counter.level, gauge.level);
        }
      }),
    );
  });

  it("takes its share back when it is disposed", async () => {
    const readings = new Readings("producer");
    const counter = readings.provider.getMeter("test").createUpDownCounter("pool.size");
    const attributes = { pool: "main" };
    const kept = new DeltaGauge(counter, attributes);
    kept.set(2);
    {
      using gauge = new DeltaGauge(counter, attributes);
      gauge.set(5);
      assert.equal(await readings.total("pool.size"), 7);
    }

    assert.equal(await readings.total("pool.size"), 2);
  });

  it("keeps its attributes although the caller's object changes", async () => {
    const readings = new Readings("producer");
    const counter = readings.provider.getMeter("test").createUpDownCounter("pool.size");
    const attributes = { pool: "main" };
    const gauge = new DeltaGauge(counter, attributes);
    gauge.set(1);
    attributes.pool = "other";

    gauge.set(0);

    const { dataPoints } = (await readings.collect()).get("pool.size")!;
    assert.deepEqual(
      dataPoints.map((point) => [point.attributes, point.value]),
      [[{ pool: "main" }, 0]],
    );
  });
});

/** The points of `name` that limelight hands over for the process. */
async function exported(name: string) {
  const { resourceMetrics } = await metricProducer().collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return metrics.find(({ descriptor }) => descriptor.name === name);
}

describe("latencyHistogram", () => {
  it("goes out with limelight's, in seconds", async () => {
    const histogram = latencyHistogram("checkout.duration", { description: "Time of a checkout." });

    histogram.record(0.2);
    histogram.record(20);

    const metric = await exported("checkout.duration");
    assert.equal(metric?.descriptor.unit, "s");
    assert.equal(metric?.descriptor.description, "Time of a checkout.");
    const [point] = metric?.dataPoints ?? [];
    assert.equal(point?.value.count, 2);
    assert.equal(point?.value.sum, 20.2);
    assert.equal(point?.value.min, 0.2);
    assert.equal(point?.value.max, 20);
    assert.deepEqual(point?.value.buckets.counts, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  it("is the same series for the same name and attributes, another for others", async () => {
    const main = latencyHistogram("query.duration", { attributes: { pool: "main" } });
    const same = latencyHistogram("query.duration", { attributes: { pool: "main" } });
    const other = latencyHistogram("query.duration", { attributes: { pool: "other" } });

    main.record(1);
    same.record(1);
    other.record(1);

    const points = (await exported("query.duration"))?.dataPoints ?? [];
    const counts = points.map(({ attributes, value }) => [attributes["pool"], value.count]);
    assert.deepEqual(counts, [
      ["main", 2],
      ["other", 1],
    ]);
  });

  it("has one set of buckets a name: the first", async () => {
    const options = { description: "First.", boundaries: [1] };
    latencyHistogram("first.duration", { ...options, attributes: { pool: "a" } }).record(2);
    const later = { description: "Second.", boundaries: [5], attributes: { pool: "b" } };
    latencyHistogram("first.duration", later).record(2);

    const metric = await exported("first.duration");
    assert.equal(metric?.descriptor.description, "First.");
    const buckets = metric?.dataPoints.map(({ value }) => value.buckets);
    const expected = { boundaries: [1], counts: [0, 1] };
    assert.deepEqual(buckets, [expected, expected]);
  });

  it("takes boundaries of one's own", async () => {
    latencyHistogram("boot.duration", { boundaries: [1, 60] }).record(30);

    const [point] = (await exported("boot.duration"))?.dataPoints ?? [];
    assert.deepEqual(point?.value.buckets, { boundaries: [1, 60], counts: [0, 1, 0] });
  });

  it("drops what is no duration, as the SDK's own does", async () => {
    const histogram = latencyHistogram("odd.duration");

    for (const seconds of [1, Number.NaN, -1]) histogram.record(seconds);

    const [point] = (await exported("odd.duration"))?.dataPoints ?? [];
    assert.equal(point?.value.count, 1);
    assert.equal(point?.value.sum, 1);
    assert.equal(point?.value.min, 1);
  });

  it("refuses a name OpenTelemetry would refuse", () => {
    for (const name of ["", "1st", "two words", "new\nline", "x".repeat(256)]) {
      assert.throws(() => latencyHistogram(name), { code: "ERR_INVALID_NAME" }, name);
    }
  });

  it("refuses boundaries that do not ascend", () => {
    for (const boundaries of [[2, 1], [1, 1], [Number.NaN]]) {
      const options = { boundaries };
      assert.throws(() => latencyHistogram("bad.duration", options), {
        code: "ERR_INVALID_OPTION",
      });
    }
  });
});
