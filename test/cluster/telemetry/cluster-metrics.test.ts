import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterMetrics } from "../../../src/cluster/telemetry/cluster-metrics.ts";
import { PointBook } from "../../../src/telemetry/metrics/point-book.ts";
import { ImbalanceLog } from "../../../src/telemetry/metrics/points.ts";
import { Catalogue, type Metric } from "../../../src/telemetry.ts";
import { moveClusterMetrics } from "../../_support/cluster-metrics-moves.ts";

function emptyBook(): PointBook {
  return new PointBook(new ImbalanceLog(() => {}), { wantsRecords: false, record() {} });
}

/** Values of a metric's points, by their attributes. */
function values(book: PointBook, metric: Metric): Record<string, number> {
  const points = [...book.readNumbers()].filter((point) => point.metric === metric);
  return Object.fromEntries(
    points.map(({ attributes, value }) => [Object.values(attributes).join(" "), value]),
  );
}

/** Count and sum of a histogram's series, by their attributes. */
function durations(book: PointBook, metric: Metric): Record<string, [number, number]> {
  const points = [...book.readHistograms()].filter((point) => point.metric === metric);
  return Object.fromEntries(
    points.map(({ attributes, histogram }) => {
      const { count, sum } = histogram.read();
      return [Object.values(attributes).join(" "), [count, sum]];
    }),
  );
}

describe("the metrics of a cluster's node", () => {
  it("tell runners and placements by state, and count no runner twice", () => {
    const book = emptyBook();
    const { coordinator } = new ClusterMetrics(book);

    coordinator.runnersAre({ ready: 3 });
    coordinator.runnersAre({ ready: 2, lost: 1 });

    assert.deepEqual(values(book, Catalogue.ClusterRunners), {
      joining: 0,
      ready: 2,
      draining: 0,
      left: 0,
      lost: 1,
    });
  });

  it("count each placement with its reason, and those that are moves as moves", () => {
    const book = emptyBook();
    const { coordinator } = new ClusterMetrics(book);

    coordinator.placed({ reason: "wanted", isMove: false });
    coordinator.placed({ reason: "runner_lost", isMove: true });
    coordinator.placed({ reason: "runner_lost", isMove: true });

    assert.deepEqual(values(book, Catalogue.ClusterPlacements), { wanted: 1, runner_lost: 2 });
    assert.deepEqual(values(book, Catalogue.ClusterMoves), { runner_lost: 2 });
  });

  it("account for commands and events on both sides in one counter each", () => {
    const book = emptyBook();
    const { coordinator, runner } = new ClusterMetrics(book);

    coordinator.commandsSent(3, false);
    coordinator.commandsSent(1, true);
    runner.commandApplied(40);
    runner.command("duplicate");
    runner.events("stored", 2);
    coordinator.eventApplied(10);
    coordinator.events("gap");

    assert.deepEqual(values(book, Catalogue.ClusterCommands), {
      sent: 3,
      replayed: 1,
      applied: 1,
      duplicate: 1,
    });
    assert.deepEqual(values(book, Catalogue.ClusterEvents), { stored: 2, applied: 1, gap: 1 });
    assert.deepEqual(durations(book, Catalogue.ClusterCommandLag), { "": [1, 0.04] });
  });

  it("record a lag below zero, as two clocks give, as none", () => {
    const book = emptyBook();

    new ClusterMetrics(book).coordinator.eventApplied(-250);

    assert.deepEqual(durations(book, Catalogue.ClusterEventLag), { "": [1, 0] });
  });

  it("report calls as the conventions for RPC name them, with at most 1,000 methods", () => {
    const book = emptyBook();
    const { calls } = new ClusterMetrics(book);

    for (let at = 0; at < 1_001; at += 1) calls.ended("client", `type/m${at}`, undefined, 1);
    calls.ended("server", "type/m0", "ERR_NOT_OWNER", 3);

    const clients = durations(book, Catalogue.RpcClientDuration);
    assert.equal(Object.keys(clients).length, 1_001);
    assert.deepEqual(clients["limelight _OTHER OK"], [1, 0.001]);
    const [server] = [...book.readHistograms()].filter(
      ({ metric }) => metric === Catalogue.RpcServerDuration,
    );
    assert.deepEqual(server?.attributes, {
      "rpc.system.name": "limelight",
      "rpc.method": "type/m0",
      "rpc.status_code": "ERR_NOT_OWNER",
      "error.type": "ERR_NOT_OWNER",
    });
  });

  it("report the time left of a lease when they are read, and none without a lease", () => {
    const book = emptyBook();
    const { runner } = new ClusterMetrics(book);
    let remainingMs = 9_000;

    assert.deepEqual(values(book, Catalogue.ClusterLeaseRemaining), {});
    runner.joined(
      () => remainingMs,
      () => 2,
    );
    remainingMs = 4_500;
    assert.deepEqual(values(book, Catalogue.ClusterLeaseRemaining), { runner: 4.5 });
    assert.deepEqual(values(book, Catalogue.ClusterHealthScore), { "": 2 });
    remainingMs = -100;
    assert.deepEqual(values(book, Catalogue.ClusterLeaseRemaining), { runner: 0 });

    runner.left();
    assert.deepEqual(values(book, Catalogue.ClusterLeaseRemaining), {});
  });

  it("leave no level above zero when the node ends, nor when it is the coordinator no longer", () => {
    const book = emptyBook();
    const metrics = moveClusterMetrics(book);
    const before = book.nonZeroLevels().length;

    metrics.coordinator.ended();
    const asRunner = book.nonZeroLevels().map(({ metric }) => metric.name);
    metrics.close();

    assert.ok(before > 0);
    assert.ok(!asRunner.includes("cluster.runner.active"));
    assert.ok(asRunner.includes("cluster.outbox.depth"));
    assert.deepEqual(book.nonZeroLevels(), []);
    assert.equal(book.imbalances.total, 0);
  });
});
