import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Catalogue, Instrument, type Metric } from "../../src/telemetry.ts";

const metrics: readonly Metric[] = Object.values(Catalogue);

/** What metrics may be told apart by: every value comes from a set that is small and known. */
const BOUNDED: ReadonlySet<string> = new Set([
  "actor.type",
  "actor.state",
  "actor.stop.reason",
  "actor.message.type",
  "actor.message.kind",
  "actor.outcome",
  "actor.task.kind",
  "actor.dead_letter.reason",
  "actor.failure.phase",
  "actor.restart.strategy",
  "actor.deadlock.kind",
  "actor.storage.phase",
  "actor.storage.operation",
  "actor.storage.preload.result",
  "actor.sqlite.statement.class",
  "actor.schedule.outcome",
  "actor.awake.reason",
  "actor.keep_awake.kind",
  "actor.inbox",
  "actor.state.save.outcome",
  "actor.handover.outcome",
  "actor.startup.phase",
  "actor.startup.owner",
  "actor.startup.is_new",
  "actor.connection.outcome",
  "actor.event.name",
  "error.type",
  "http.request.method",
  "http.route",
  "http.response.status_code",
  "url.scheme",
  "network.protocol.version",
  "gateway.transport",
  "network.io.direction",
  "gateway.auth.outcome",
  "rpc.system.name",
  "rpc.method",
  "rpc.status_code",
  "gateway.socket.state",
  "gateway.close.code",
  "gateway.close.side",
  "gateway.pause.reason",
  "actor.resync.reason",
  "cluster.runner.state",
  "cluster.placement.status",
  "cluster.placement.reason",
  "cluster.command.outcome",
  "cluster.event.outcome",
  "cluster.call.outcome",
  "cluster.call.side",
  "cluster.route.source",
  "cluster.lease",
  "cluster.eviction.reason",
  "cluster.fence.reason",
  "cluster.drain.outcome",
  "cluster.log",
  "cluster.fault.kind",
  "cluster.write.resolution",
]);

describe("the catalogue", () => {
  it("has one row a name, in limelight's namespaces or in those of HTTP and RPC", () => {
    const names = metrics.map((metric) => metric.name);

    assert.equal(new Set(names).size, names.length);
    for (const name of names)
      assert.match(
        name,
        /^(?:actor|gateway|cluster|http\.server|rpc\.(?:client|server))(\.[a-z_]+)+$/,
      );
  });

  it("lets no attribute onto a metric that is not bounded", () => {
    for (const { name, attributes } of metrics) {
      for (const attribute of attributes)
        assert.ok(BOUNDED.has(attribute), `${attribute} on ${name}`);
    }
  });

  it("gives units as OpenTelemetry wants them, and a sentence of description", () => {
    for (const { name, unit, description } of metrics) {
      assert.match(unit, /^(s|By|\{[a-z_]+\})$/, name);
      assert.match(description, /^[A-Z].*\.$/, name);
    }
  });

  it("gives histograms the scale of what they measure, and nothing else buckets", () => {
    const message = [0.00001, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
    const lifecycle = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];
    const lags = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    const sizes = [
      64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 524_288, 1_048_576, 4_194_304, 16_777_216,
    ];
    const others = new Map<string, readonly number[]>([
      ["actor.startup.duration", lifecycle],
      ["actor.startup.phase.duration", lifecycle],
      ["actor.shutdown.duration", lifecycle],
      [
        "http.server.request.duration",
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
      ],
      ...[
        "actor.state.size",
        "http.server.request.body.size",
        "http.server.response.body.size",
        "gateway.frame.size",
      ].map((name) => [name, sizes] as const),
      ["actor.startup.round_trips", [0, 1, 2, 3, 4, 8, 16, 32]],
      ...["cluster.placement.duration", "cluster.command.lag", "cluster.event.lag"].map(
        (name) => [name, lags] as const,
      ),
      [
        "cluster.failover.duration",
        [0.1, 0.5, 1, 2, 3, 5, 10, 14, 15, 16, 17, 18, 20, 30, 60, 120],
      ],
    ]);

    for (const { name, instrument, buckets } of metrics) {
      const expected =
        instrument === Instrument.Histogram ? (others.get(name) ?? message) : undefined;
      assert.deepEqual(buckets, expected, name);
    }
  });

  it("measures durations in seconds, sizes in bytes, and counts things", () => {
    for (const { name, instrument, unit } of metrics) {
      if (name.endsWith(".duration")) assert.equal(unit, "s", name);
      if (name.endsWith(".size")) assert.equal(unit, "By", name);
      if (instrument === Instrument.Counter) assert.match(unit, /^(?:\{|By$)/, name);
      if (instrument === Instrument.UpDownCounter) assert.match(unit, /^\{/, name);
    }
  });
});
