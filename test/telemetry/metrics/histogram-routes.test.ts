import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { defineActor } from "../../../src/index.ts";
import type { HistogramSink } from "../../../src/telemetry/metrics/latency-histogram.ts";
import { MessageSeries } from "../../../src/telemetry/metrics/message-series.ts";
import { producerOf } from "../../../src/telemetry/metrics/metric-producer.ts";
import { PointBook } from "../../../src/telemetry/metrics/point-book.ts";
import { ImbalanceLog } from "../../../src/telemetry/metrics/points.ts";
import { Catalogue } from "../../../src/telemetry.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { Readings } from "../../_support/telemetry-readings.ts";
import { until } from "../../_support/telemetry-until.ts";

const worker = defineActor("worker", {
  handlers: {
    sync: () => 1,
    fail() {
      throw new RangeError("no");
    },
  },
});
const SYNC_TELL = {
  "actor.type": "worker",
  "actor.message.type": "sync",
  "actor.message.kind": "tell",
};

describe("histograms with a metric producer", () => {
  it("count every message, and the buckets add up", async () => {
    const readings = new Readings("producer");
    await using kit = startKit({ metrics: readings.metrics });
    const ref = kit.system.spawn(worker);

    for (let sent = 0; sent < 10_000; sent += 1) ref.tell.sync();
    await until(() => kit.system.books().handled === 10_000, "all messages");

    for (const { name } of [Catalogue.WaitDuration, Catalogue.ProcessDuration]) {
      const histogram = await readings.histogram(name, SYNC_TELL);
      assert.equal(histogram?.count, 10_000, name);
      const inBuckets = histogram?.buckets.counts.reduce((sum, count) => sum + count, 0);
      assert.equal(inBuckets, 10_000, name);
    }
  });

  it("are not sent to the SDK value by value as well", async () => {
    const readings = new Readings("producer");
    await using kit = startKit({ metrics: readings.metrics });

    await kit.system.spawn(worker).ask.sync();

    const { dataPoints } = (await readings.collect()).get("actor.ask.duration")!;
    assert.equal(dataPoints.length, 1);
    assert.equal(readings.export.wantsRecords, false);
  });

  it("leave out series that have counted nothing", async () => {
    const readings = new Readings("producer");
    await using kit = startKit({ metrics: readings.metrics, actors: [worker] });

    const collected = await readings.collect();

    assert.equal(kit.system.books().started, 0);
    assert.equal(collected.has("actor.ask.duration"), false);
  });

  it("go whole to every producer: a reader takes nothing from another", async () => {
    const readings = new Readings("producer");
    const second = producerOf(readings.export);
    await using kit = startKit({ metrics: readings.metrics });
    await kit.system.spawn(worker).ask.sync();

    const counts = [];
    for (let reading = 0; reading < 2; reading += 1) {
      const { resourceMetrics } = await second.collect();
      const [scope] = resourceMetrics.scopeMetrics;
      const asks = scope?.metrics.find(
        ({ descriptor }) => descriptor.name === "actor.ask.duration",
      );
      counts.push(asks?.dataPoints[0]?.value.count);
      assert.equal(scope?.scope.name, "limelight");
    }

    assert.deepEqual(counts, [1, 1]);
    assert.equal(
      (await readings.histogram("actor.ask.duration", { "actor.type": "worker" }))?.count,
      1,
    );
  });
});

describe("histograms without a metric producer", () => {
  it("get each timed value through the SDK's own, with the catalogue's buckets", async () => {
    const readings = new Readings("record");
    await using kit = startKit({ metrics: readings.metrics });
    const ref = kit.system.spawn(worker);

    await ref.ask.sync();
    await ref.ask.sync();
    await assert.rejects(ref.ask.fail(), RangeError);

    assert.equal(readings.export.wantsRecords, true);
    const type = { "actor.type": "worker" };
    const asks = await readings.histogram("actor.ask.duration", type);
    assert.equal(asks?.count, 2);
    assert.deepEqual(asks?.buckets.boundaries, Catalogue.AskDuration.buckets);
    const failed = { ...type, "error.type": "RangeError" };
    assert.equal((await readings.histogram("actor.ask.duration", failed))?.count, 1);
  });

  it("stop getting values once a producer is attached", async () => {
    const readings = new Readings("record");
    await using kit = startKit({ metrics: readings.metrics });
    const ref = kit.system.spawn(worker);
    await ref.ask.sync();

    producerOf(readings.export);
    await ref.ask.sync();

    const asks = await readings.histogram("actor.ask.duration", { "actor.type": "worker" });
    assert.equal(asks?.count, 1);
  });
});

/** The ways a message's handler can end, with or without times. */
const ENDINGS = {
  untimed: (series: MessageSeries) => series.handledUntimed(),
  runTimed: (series: MessageSeries) => series.handledRunTimed(2),
  timed: (series: MessageSeries) => series.handledTimed(1, 2),
  bad: (series: MessageSeries) =>
    series.recordFailed("error", new RangeError("no"), undefined, undefined),
  badTimed: (series: MessageSeries) => series.recordFailed("killed", new RangeError("no"), 1, 2),
};
const ending = fc.constantFrom(...(Object.keys(ENDINGS) as (keyof typeof ENDINGS)[]));

function createSeries(): { book: PointBook; series: MessageSeries } {
  const sink: HistogramSink = { wantsRecords: false, record() {} };
  const book = new PointBook(new ImbalanceLog(() => {}), sink);
  return { book, series: new MessageSeries(book, "worker", "sync", "tell") };
}

/** What a reader finds: values in each histogram over all of its series. */
function countsIn(book: PointBook): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { metric, histogram } of book.readHistograms()) {
    counts.set(metric.name, (counts.get(metric.name) ?? 0) + histogram.count);
  }
  return counts;
}

describe("MessageSeries", () => {
  it("counts each message once in each histogram, timed or not, whenever somebody reads", () => {
    const batches = fc.array(fc.array(ending, { maxLength: 20 }), { maxLength: 6 });
    fc.assert(
      fc.property(batches, (all) => {
        const { book, series } = createSeries();
        let handled = 0;
        for (const batch of all) {
          for (const kind of batch) ENDINGS[kind](series);
          handled += batch.length;
          const counts = countsIn(book);
          assert.equal(counts.get("actor.message.wait.duration"), handled);
          assert.equal(counts.get("actor.message.process.duration"), handled);
          assert.equal(book.total(Catalogue.Handled), handled);
        }
      }),
    );
  });

  it("lets a timed message stand for the untimed ones around it", () => {
    const { book, series } = createSeries();

    series.handledUntimed();
    series.handledTimed(2_000, 4_000);
    series.handledUntimed();

    const sums = [...book.readHistograms()].map(({ metric, histogram }) => [
      metric.name,
      histogram.read().sum,
    ]);
    assert.deepEqual(sums, [
      ["actor.message.wait.duration", 6],
      ["actor.message.process.duration", 12],
    ]);
  });
});
