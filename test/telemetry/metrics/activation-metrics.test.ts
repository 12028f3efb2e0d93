import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ActivationMetrics } from "../../../src/telemetry/metrics/activation-metrics.ts";
import { PointBook } from "../../../src/telemetry/metrics/point-book.ts";
import { ImbalanceLog } from "../../../src/telemetry/metrics/points.ts";
import { Catalogue, type Metric } from "../../../src/telemetry.ts";

const TYPE = { "actor.type": "cart" };

function emptyBook(): PointBook {
  return new PointBook(new ImbalanceLog(() => {}), { wantsRecords: false, record() {} });
}

/** Attributes other than the type, with count and sum, of the histograms of `metric` that are not empty. */
function recorded(book: PointBook, metric: Metric): [object, number, number][] {
  return [...book.readHistograms()]
    .filter((point) => point.metric === metric && point.histogram.count > 0)
    .map(({ attributes, histogram }) => {
      const { "actor.type": type, ...others } = attributes;
      assert.equal(type, "cart");
      const { count, sum } = histogram.read();
      return [others, count, sum];
    });
}

describe("the metrics of keyed actors", () => {
  it("record every save by outcome, and the size of the states that were stored", () => {
    const book = emptyBook();
    const metrics = new ActivationMetrics(book, TYPE);

    metrics.saved("ok", 2_000, 1_024);
    metrics.saved("ok", 1_000, undefined); // only a schedule was stored
    metrics.saved("unknown", 500, 4_096);

    assert.deepEqual(recorded(book, Catalogue.StateSaveDuration), [
      [{ "actor.state.save.outcome": "ok" }, 2, 3],
      [{ "actor.state.save.outcome": "unknown" }, 1, 0.5],
    ]);
    assert.deepEqual(recorded(book, Catalogue.StateSize), [[{}, 1, 1_024]]);
  });

  it("record each step of a start, and the round trips of those that succeeded", () => {
    const book = emptyBook();
    const metrics = new ActivationMetrics(book, TYPE);
    const load = { phase: "load", owner: "internal", isNew: false, outcome: "ok" } as const;

    metrics.step(load, 1_000);
    metrics.step(load, 1_000);
    metrics.step({ ...load, phase: "on_wake", owner: "user", outcome: "error" }, 500);
    metrics.started({ isNew: false, outcome: "error" }, 2_500, 1);
    metrics.started({ isNew: true, outcome: "ok" }, 4_000, 2);

    assert.deepEqual(recorded(book, Catalogue.StartupPhaseDuration), [
      [
        {
          "actor.startup.phase": "load",
          "actor.startup.owner": "internal",
          "actor.startup.is_new": false,
          "actor.outcome": "ok",
        },
        2,
        2,
      ],
      [
        {
          "actor.startup.phase": "on_wake",
          "actor.startup.owner": "user",
          "actor.startup.is_new": false,
          "actor.outcome": "error",
        },
        1,
        0.5,
      ],
    ]);
    assert.deepEqual(recorded(book, Catalogue.StartupDuration), [
      [{ "actor.startup.is_new": false, "actor.outcome": "error" }, 1, 2.5],
      [{ "actor.startup.is_new": true, "actor.outcome": "ok" }, 1, 4],
    ]);
    assert.deepEqual(recorded(book, Catalogue.StartupRoundTrips), [
      [{ "actor.startup.is_new": true }, 1, 2],
    ]);
  });

  it("record ends by reason, and count those past the deadline", () => {
    const book = emptyBook();
    const metrics = new ActivationMetrics(book, TYPE);

    metrics.ended("shutdown", 3_000);
    metrics.timedOut("shutdown");
    metrics.timedOut("killed");

    assert.deepEqual(recorded(book, Catalogue.ShutdownDuration), [
      [{ "actor.stop.reason": "shutdown" }, 1, 3],
    ]);
    assert.equal(book.total(Catalogue.ShutdownTimeouts), 2);
  });

  it("have the instruments for connections and HTTP requests, at zero", () => {
    const book = emptyBook();

    new ActivationMetrics(book, TYPE);

    const { ConnectionActive, Connections, HttpRequestActive } = Catalogue;
    const points = [...book.readNumbers()].filter(({ metric }) =>
      [ConnectionActive, Connections, HttpRequestActive].includes(metric),
    );
    assert.deepEqual(
      points.map(({ metric, value, attributes }) => [metric.name, value, attributes]),
      [
        ["actor.connection.active", 0, TYPE],
        ["actor.http.request.active", 0, TYPE],
      ],
    );
  });
});
