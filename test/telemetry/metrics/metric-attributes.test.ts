import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DataPointType, type MetricData } from "@opentelemetry/sdk-metrics";
import { ConnectionPoints } from "../../../src/activation/connection/connection-points.ts";
import { StatementPoints } from "../../../src/activation/database/statement-points.ts";
import { requireRuntime } from "../../../src/actor/system/create-runtime.ts";
import { EventPoints } from "../../../src/gateway/trace/event-points.ts";
import { HttpPoints } from "../../../src/gateway/trace/http-points.ts";
import { SocketPoints } from "../../../src/gateway/trace/socket-points.ts";
import { type ActorSystem, defineActor } from "../../../src/index.ts";
import { CountedStore } from "../../../src/store/counting/counted-store.ts";
import { StorageMetrics } from "../../../src/store/counting/storage-metrics.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { PreloadMap } from "../../../src/store/startup/preload-map.ts";
import { ActivationMetrics } from "../../../src/telemetry/metrics/activation-metrics.ts";
import type { PointBook } from "../../../src/telemetry/metrics/point-book.ts";
import { TypeMetrics } from "../../../src/telemetry/metrics/type-metrics.ts";
import { Catalogue, Instrument } from "../../../src/telemetry.ts";
import { ManualClock } from "../../../src/testing.ts";
import { moveClusterMetrics } from "../../_support/cluster-metrics-moves.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { Readings } from "../../_support/telemetry-readings.ts";
import { until } from "../../_support/telemetry-until.ts";

/**
 * Uses every feature that moves a metric of the catalogue.
 *
 * @returns how to end what it leaves running
 */
async function moveEverything(system: ActorSystem, clock: ManualClock): Promise<() => void> {
  const worker = defineActor("worker", {
    mailbox: { limit: 2 },
    restart: { maxRestarts: 100 },
    onStart: (c) => void c.spawnChild(child),
    handlers: {
      fine: () => 1,
      fail() {
        throw new RangeError("no");
      },
      tasks(c) {
        c.spawnTask("good", async () => {});
        c.spawnTask("bad", async () => {
          throw new TypeError("no");
        });
      },
      arm: (c) => void c.after("alarm", 1, () => {}),
      endless: () => new Promise(() => {}),
    },
  });
  const child = defineActor("child", { handlers: { noop() {} } });
  const ref = system.spawn(worker);
  await ref.ask.fine();
  await assert.rejects(ref.ask.fail(), RangeError);
  ref.tell.fail();
  await ref.ask.arm();
  await clock.advance(1);
  await ref.ask.tasks();
  const running = (): boolean =>
    Object.keys(system.books().levels).some((key) => key.startsWith("actor.task.active"));
  await until(() => !running(), "the end of the tasks");
  await ref.ask.fine();
  ref.tell.endless();
  await until(() => system.books().processing === 1, "the endless handler");
  ref.tell.fine();
  ref.tell.fine();
  assert.throws(() => ref.tell.fine(), { code: "ERR_MAILBOX_FULL" });
  await callStore(system, clock);
  liveAsKeyed(system);
  answerOutside(system);
  const cluster = moveClusterMetrics(requireRuntime(system).book);
  await clock.advance(5);
  const ended = system.spawn(worker);
  ended.kill();
  ended.tell.fine();
  return () => {
    ref.kill();
    cluster.close();
  };
}

/** Calls a store as a starting actor does. */
async function callStore(system: ActorSystem, clock: ManualClock): Promise<void> {
  const { book } = requireRuntime(system);
  const metrics = new StorageMetrics(book, new TypeMetrics(book, "worker"));
  const store = new CountedStore(new MemoryStore(), metrics, clock);
  const request = { prefixes: ["a/"] };
  const loaded = new PreloadMap(request, await store.load(request), metrics);
  assert.equal(loaded.get("a/b").result, "absent");
  await store.put("a/b", Uint8Array.of(1));
  await assert.rejects(store.put("a/b", Uint8Array.of(2), { expectedRevision: 7 }), {
    code: "ERR_STORE_CONFLICT",
  });
}

/** Records what keyed actors record. */
function liveAsKeyed(system: ActorSystem): void {
  const { book } = requireRuntime(system);
  const type = new TypeMetrics(book, "worker");
  const { attributes } = type;
  new StatementPoints(book, type).ended("select", 1, new Error("no"));
  const metrics = new ActivationMetrics(book, attributes);
  metrics.saved("ok", 1, 1_000);
  const step = { phase: "load", owner: "internal", isNew: true, outcome: "ok" } as const;
  metrics.step(step, 1);
  metrics.started(step, 2, 1);
  metrics.ended("shutdown", 1);
  metrics.handedOver("given");
  metrics.timedOut("shutdown");
  book.level(Catalogue.ShutdownTaskActive, attributes);
  book.level(Catalogue.Awake, { ...attributes, "actor.awake.reason": "idle" });
  book.level(Catalogue.KeepAwakeActive, { ...attributes, "actor.keep_awake.kind": "user" });
  book.level(Catalogue.InboxDepth, { ...attributes, "actor.inbox": "dispatch" });
  book.level(Catalogue.ScheduleActive, attributes);
  book.counter(Catalogue.ScheduleRuns, { ...attributes, "actor.schedule.outcome": "ok" });
  book.histogram(Catalogue.ScheduleLateness, attributes).record(1);
  book.level(Catalogue.QueueDepth, attributes);
  book.counter(Catalogue.QueueSent, attributes);
  book.counter(Catalogue.QueueReceived, attributes);
  book.counter(Catalogue.QueueSetAside, attributes);
}

/** Records what connections and the sockets of a gateway record. */
function connectOutside(book: PointBook): void {
  const type = { system: { book }, metrics: new TypeMetrics(book, "worker") };
  const connections = new ConnectionPoints(type as never);
  connections.count("opened");
  connections.published("said");
  const events = new EventPoints(book).of("worker");
  events.delivered(1);
  events.dropped(1);
  events.fannedOut(1);
  events.resynced("slow");
  const sockets = new SocketPoints(book, () => ({ sumBytes: 1, maxBytes: 1 }) as never);
  sockets.moved(undefined, "open");
  sockets.moved("open", undefined);
  sockets.closed(1_000, "client");
  sockets.paused("rate", 1);
  sockets.paused("rate", -1);
  sockets.received(1);
  sockets.sent(1);
  sockets.answered("worker/fine", "ERR_MAILBOX_FULL", 1);
}

/** Records what a gateway records. */
function answerOutside(system: ActorSystem): void {
  const { book } = requireRuntime(system);
  connectOutside(book);
  const points = new HttpPoints(book);
  points.began("GET", "http").add(-1);
  points.moved(1, 1);
  points.authenticated("ok", 1);
  points.refused("ERR_TOKEN", "http");
  points.answered({
    method: "GET",
    route: "/livez",
    scheme: "http",
    protocolVersion: "1.1",
    status: 500,
    errorType: "ERR_INTERNAL",
    durationMs: 1,
    requestBytes: 0,
    responseBytes: 1,
  });
}

/** What must never be on a metric: ids of actors, spans and traces, and the names of one actor. */
const ID = /\/[\da-f]{6}-|^[\da-f]{16}$|^[\da-f]{32}$/;

function dataPointType(instrument: Instrument): DataPointType {
  switch (instrument) {
    case Instrument.Counter:
    case Instrument.UpDownCounter:
      return DataPointType.SUM;
    case Instrument.Gauge:
      return DataPointType.GAUGE;
    case Instrument.Histogram:
      return DataPointType.HISTOGRAM;
  }
}

describe("what a busy system reports", () => {
  for (const route of ["producer", "record"] as const) {
    it(`is the catalogue, row for row, with histograms by ${route}`, async () => {
      const clock = new ManualClock();
      const readings = new Readings(route);
      await using kit = startKit({ clock, metrics: readings.metrics });
      const end = await moveEverything(kit.system, clock);

      const collected = await readings.collect();
      end();

      const rows = Object.values(Catalogue);
      const names = rows.map((metric) => metric.name);
      assert.deepEqual([...collected.keys()].toSorted(), names.toSorted());
      for (const row of rows) {
        const metric = collected.get(row.name)!;
        assert.equal(metric.descriptor.unit, row.unit, row.name);
        assert.equal(metric.descriptor.description, row.description, row.name);
        assert.equal(metric.dataPointType, dataPointType(row.instrument), row.name);
        if (metric.dataPointType === DataPointType.SUM) {
          assert.equal(metric.isMonotonic, row.instrument === Instrument.Counter, row.name);
        }
        assertBuckets(metric, row.buckets);
        assertAttributes(metric, row.attributes);
      }
      // What is looked for would be found: it is what an id looks like.
      assert.match(String(kit.system.deadLetters.recent()[0]?.actorId), ID);
    });
  }
});

function assertBuckets(metric: MetricData, buckets: readonly number[] | undefined): void {
  if (metric.dataPointType !== DataPointType.HISTOGRAM) return;
  for (const { value } of metric.dataPoints) {
    assert.deepEqual(value.buckets.boundaries, buckets, metric.descriptor.name);
    assert.equal(value.buckets.counts.length, (buckets?.length ?? 0) + 1, metric.descriptor.name);
  }
}

/** No point has a key the catalogue does not know, and each key it knows is on some point. */
function assertAttributes(metric: MetricData, known: readonly string[]): void {
  const { name } = metric.descriptor;
  const seen = new Set<string>();
  for (const { attributes } of metric.dataPoints) {
    const keys = Object.keys(attributes);
    const optional = keys.includes("error.type") ? [] : ["error.type"];
    const required = known.filter((key) => !optional.includes(key));
    assert.deepEqual(keys.toSorted(), required.toSorted(), name);
    for (const key of keys) seen.add(key);
    for (const value of Object.values(attributes)) assert.doesNotMatch(String(value), ID, name);
  }
  assert.deepEqual([...seen].toSorted(), [...known].toSorted(), name);
}
