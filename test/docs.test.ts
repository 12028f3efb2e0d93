import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  type DataPointType,
  type MetricData,
  DataPointType as PointType,
} from "@opentelemetry/sdk-metrics";
import { DisconnectReason } from "../src/activation/definition/connection-types.ts";
import { ScheduleOutcome } from "../src/activation/definition/schedule-types.ts";
import { EVENTS_QUERY, READ_ROUTES } from "../src/console/api/routes.ts";
import { CONSOLE_OPTIONS } from "../src/console/console-options.ts";
import { ProblemCode, statusOf } from "../src/console/problem.ts";
import {
  ActorState,
  type ActorSystem,
  DeadLetterReason,
  DeadlockKind,
  defineActor,
  ErrorCode,
  FailurePhase,
  MessageKind,
  Outcome,
  StopReason,
  SupervisionStrategy,
} from "../src/index.ts";
import { prometheusName } from "../src/preload/prometheus/prometheus-name.ts";
import {
  AwakeReason,
  Inbox,
  KeepAwakeKind,
  PreloadResult,
  SaveOutcome,
  StartupOwner,
  StartupPhase,
  StorageOperation,
  StoragePhase,
} from "../src/telemetry/attributes.ts";
import { SCHEMA_URL, SCOPE_NAME } from "../src/telemetry/catalogue.ts";
import { HandoverOutcome } from "../src/telemetry/handover-outcome.ts";
import { Attribute, Catalogue, createLogger, Instrument, type Metric } from "../src/telemetry.ts";
import { inMemoryTelemetry, ManualClock } from "../src/testing.ts";
import { Condition, ConditionTone, conditionTone, isProblem } from "../src/wire/condition.ts";
import { CLUSTER_SETS, ON_SOME_SPANS, OUTSIDE_SETS } from "./_support/closed-sets.ts";
import { code, codes, firstColumn, readDoc, table } from "./_support/doc-tables.ts";
import { startKit } from "./_support/telemetry-kit.ts";
import { until } from "./_support/telemetry-until.ts";

function dataPointType(instrument: Instrument): DataPointType {
  switch (instrument) {
    case Instrument.Counter:
    case Instrument.UpDownCounter:
      return PointType.SUM;
    case Instrument.Gauge:
      return PointType.GAUGE;
    case Instrument.Histogram:
      return PointType.HISTOGRAM;
  }
}

/** The row a metric is to have. */
function metricRow(metric: Metric): string[] {
  const { name, instrument, unit, description, attributes } = metric;
  const inPrometheus = prometheusName({
    descriptor: { name, unit },
    dataPointType: dataPointType(instrument),
    isMonotonic: instrument === Instrument.Counter,
  } as MetricData);
  const keys = attributes.map((key) => `\`${key}\``).join(", ");
  const marked = [`\`${name}\``, `\`${inPrometheus}\``, instrument, `\`${unit}\``];
  return [...marked, keys === "" ? "–" : keys, description];
}

describe("docs/telemetry.md", () => {
  const doc = readDoc("telemetry.md");

  it("has the catalogue's metrics, row for row", () => {
    assert.deepEqual(table(doc, "name | in Prometheus"), Object.values(Catalogue).map(metricRow));
  });

  it("has the buckets of every histogram", () => {
    const listed = new Map(
      table(doc, "histograms").flatMap(([names, unit, buckets]) =>
        codes(names).map((name) => [name, [unit, buckets]] as const),
      ),
    );

    for (const { name, buckets, unit } of Object.values(Catalogue)) {
      if (buckets === undefined) continue;
      const expected = [`\`${unit}\``, buckets.join(", ")];
      assert.deepEqual(listed.get(name) ?? listed.get("all others"), expected, name);
    }
  });

  it("has the scope and schema", () => {
    assert.ok(doc.includes(`scope is \`${SCOPE_NAME}\``));
    assert.ok(doc.includes(`\`${SCHEMA_URL}\``));
  });

  it("has every attribute, where it stands, and the values of closed sets", () => {
    const rows = table(doc, "key");
    const onMetrics = new Set(Object.values(Catalogue).flatMap(({ attributes }) => attributes));
    const closed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      [Attribute.ActorState]: ActorState,
      [Attribute.StopReason]: StopReason,
      [Attribute.MessageKind]: MessageKind,
      [Attribute.Outcome]: Outcome,
      [Attribute.DeadLetterReason]: DeadLetterReason,
      [Attribute.FailurePhase]: FailurePhase,
      [Attribute.RestartStrategy]: SupervisionStrategy,
      [Attribute.DeadlockKind]: DeadlockKind,
      [Attribute.StoragePhase]: StoragePhase,
      [Attribute.StorageOperation]: StorageOperation,
      [Attribute.PreloadResult]: PreloadResult,
      [Attribute.ScheduleOutcome]: ScheduleOutcome,
      [Attribute.AwakeReason]: AwakeReason,
      [Attribute.KeepAwakeKind]: KeepAwakeKind,
      [Attribute.Inbox]: Inbox,
      [Attribute.SaveOutcome]: SaveOutcome,
      [Attribute.HandoverOutcome]: HandoverOutcome,
      [Attribute.StartupPhase]: StartupPhase,
      [Attribute.StartupOwner]: StartupOwner,
      ...OUTSIDE_SETS,
      ...CLUSTER_SETS,
      [Attribute.DisconnectReason]: DisconnectReason,
    };

    assert.deepEqual(firstColumn(rows), Object.values(Attribute));
    for (const [key = "", on = "", values] of rows) {
      const name = code(key);
      assert.equal(on.includes("metrics"), onMetrics.has(name), name);
      if (closed[name] === undefined) continue;
      assert.deepEqual(codes(values), Object.values(closed[name]), name);
    }
  });

  it("has every span with its attributes, and no other", async () => {
    const seen = await spansOfEveryKind();
    const rows = table(doc, "name | kind");

    assert.deepEqual(firstColumn(rows).toSorted(), [...seen.keys()].toSorted());
    for (const [name = "", , , attributes] of rows) {
      const keys = [...(seen.get(code(name)) ?? [])];
      assert.deepEqual(codes(attributes).toSorted(), keys.toSorted(), name);
    }
    const onSpans = new Set([...seen.values()].flatMap((keys) => [...keys]));
    for (const [key = "", on = ""] of table(doc, "key")) {
      const known = onSpans.has(code(key)) || ON_SOME_SPANS.has(code(key));
      assert.equal(on.includes("spans"), known, key);
    }
  });

  it("has the fields of every log line", async () => {
    const seen = new Set<string>();
    const logger = createLogger({
      serviceName: "docs",
      destination: {
        write: (line) => void Object.keys(JSON.parse(line)).map((key) => seen.add(key)),
      },
    });
    await using kit = startKit({ logger });
    const worker = defineActor("worker", { handlers: { work: (c) => c.log.info("working") } });
    await kit.system.spawn(worker).ask.work();
    seen.delete("event");

    const ofOthers = ["actor_key", "actor_generation", "request_id", "log.exported"];
    const fields = firstColumn(table(doc, "field"));

    assert.deepEqual(fields.toSorted(), [...seen, ...ofOthers].toSorted());
  });

  it("has the events that src/actor, src/activation, src/cluster, src/gateway and src/monitor name, with their fields", async () => {
    const rows = table(doc, "event");
    const named = eventsInSources();

    assert.deepEqual(firstColumn(rows).toSorted(), [...named].toSorted());
    const documented = new Map(rows.map(([event = "", , fields]) => [code(event), codes(fields)]));
    const seen = await fieldsOfEvents();
    for (const event of ["deadlock.detected", "deadlock.resolved", "handler.stuck", "warning"]) {
      assert.ok(seen.has(`actor.${event}`), event);
    }
    for (const [event, fields] of seen) {
      const known = documented.get(event);
      for (const field of fields) assert.ok(known?.includes(field), `${field} of ${event}`);
    }
  });
});

describe("docs/console.md", () => {
  const doc = readDoc("console.md");

  it("has every problem, in order, with its status", () => {
    const rows = table(doc, "code");
    assert.deepEqual(
      rows.map(([name = "", status]) => [code(name), Number(status)]),
      Object.values(ProblemCode)
        .toSorted()
        .map((name) => [name, statusOf(name)]),
    );
  });

  it("has every route with its parameters", () => {
    const events = { path: "/api/events", query: EVENTS_QUERY };
    assert.deepEqual(
      table(doc, "path").map(([path = "", , parameters]) => [code(path), codes(parameters)]),
      [...READ_ROUTES, events].map(({ path, query }) => [path, Object.keys(query)]),
    );
  });

  it("has every condition, the worst first, with its colour", () => {
    const colours: Readonly<Record<ConditionTone, string>> = {
      [ConditionTone.Alarm]: "red",
      [ConditionTone.Bad]: "red",
      [ConditionTone.Warn]: "yellow",
      [ConditionTone.Wait]: "blue",
      [ConditionTone.Work]: "green",
      [ConditionTone.Faint]: "grey",
    };
    assert.deepEqual(
      table(doc, "condition").map(([name, colour]) => [name, colour]),
      Object.values(Condition).map((condition) => [
        isProblem(condition) ? `**${condition}**` : condition,
        colours[conditionTone(condition)],
      ]),
    );
  });

  it("has every option", () => {
    assert.deepEqual(
      table(doc, "option").flatMap(([names]) => codes(names)),
      CONSOLE_OPTIONS,
    );
  });

  it("has every variable that the preload reads", () => {
    const file = new URL("../src/preload/console-start.ts", import.meta.url);
    const text = readFileSync(file, "utf8");
    const read = [...text.matchAll(/(?:\$\{VARIABLE\}_|isOn\(")([A-Z_]+)/g)].map(
      ([, name]) => `LIMELIGHT_CONSOLE_${name}`,
    );
    const documented = table(doc, "variable").flatMap(([names]) => codes(names));
    assert.deepEqual(
      documented.toSorted(),
      [...new Set([...read, "LIMELIGHT_CONSOLE"])].toSorted(),
    );
  });
});

describe("docs/errors.md", () => {
  it("has every code, in order, with when it comes and what to do", () => {
    const rows = table(readDoc("errors.md"), "code");

    assert.deepEqual(firstColumn(rows), Object.values(ErrorCode).toSorted());
    for (const [name = "", type = "", when = "", remedy = ""] of rows) {
      const kinds = codes(type);
      assert.ok(kinds.length > 0, name);
      for (const kind of kinds) {
        assert.match(kind, /^(Limelight|Cluster|Delivery|Store|Usage)Error$/, name);
      }
      assert.ok(when.length > 10 && remedy.length > 5, name);
    }
  });
});

/** Names of the events that the sources write. */
function eventsInSources(): Set<string> {
  const named = new Set<string>();
  const cwd = new URL("../src/", import.meta.url);
  for (const file of globSync("{activation,actor,cluster,gateway,monitor}/**/*.ts", {
    cwd: cwd.pathname,
  })) {
    const text = readFileSync(new URL(file, cwd), "utf8");
    for (const [, event = ""] of text.matchAll(/"((?:actor|gateway|telemetry)\.[a-z_.]+)"/g)) {
      named.add(event);
    }
    for (const [assigned = ""] of text.matchAll(/^.*\bevent: .*"cluster\..*$/gm)) {
      for (const [, event = ""] of assigned.matchAll(/"(cluster\.[a-z_.]+)"/g)) named.add(event);
    }
  }
  return named;
}

const FIELDS_OF_ALL = new Set([
  "level",
  "time",
  "msg",
  "event",
  "actor_id",
  "actor_type",
  "suppressed",
]);
const TRACE_FIELDS = ["trace_id", "span_id", "trace_flags"];

/** What the lines of each event carry besides what every line does, over a system that has its troubles. */
async function fieldsOfEvents(): Promise<Map<string, Set<string>>> {
  const telemetry = inMemoryTelemetry();
  const clock = new ManualClock();
  {
    await using kit = startKit({ telemetry, clock });
    const worker = defineActor("worker", {
      mailbox: { limit: 1 },
      handlers: {
        fail() {
          throw new Error("no");
        },
        wait: () => new Promise(() => {}),
      },
    });
    const ref = kit.system.spawn(worker);
    ref.tell.fail();
    await until(() => telemetry.logs().some(({ msg }) => msg === "actor restarted"), "the restart");
    ref.tell.wait();
    await until(() => kit.system.books().processing === 1, "the handler");
    ref.tell.wait();
    assert.throws(() => ref.tell.wait());
    ref.kill();
    await standStill(kit.system, clock);
  }
  const seen = new Map<string, Set<string>>();
  for (const line of telemetry.logs()) {
    if (line["event"] === undefined) continue;
    const fields = Object.keys(line).filter(
      (field) => !FIELDS_OF_ALL.has(field) && !TRACE_FIELDS.includes(field),
    );
    const event = String(line["event"]);
    seen.set(event, new Set([...(seen.get(event) ?? []), ...fields]));
  }
  return seen;
}

/** Two actors that wait for each other until one has waited too long, and a storm of dead letters. */
async function standStill(system: ActorSystem, clock: ManualClock): Promise<void> {
  const friend = defineActor("friend", {
    stuckAfterMs: 500,
    handlers: {
      call: (_c, other: () => Promise<unknown>) => other(),
      answer: () => 1,
    },
  });
  const [one, other] = [system.spawn(friend), system.spawn(friend)];
  const asks = Promise.allSettled([
    one.ask.call(() => other.ask.answer()),
    other.ask.call(() => one.ask.answer()),
  ]);
  await clock.advance(1_000);
  await clock.advance(10_000);
  await asks;
  await other.stop();
  for (let letter = 0; letter < 60; letter += 1) other.tell.answer();
  one.tell.call(() => new Promise(() => {}));
  await clock.advance(2_000);
  one.kill();
}

/** The keys of each kind of span, over a system that opens all of them. */
async function spansOfEveryKind(): Promise<Map<string, Set<string>>> {
  const telemetry = inMemoryTelemetry();
  const clock = new ManualClock();
  {
    await using kit = startKit({ telemetry, clock });
    const worker = defineActor("worker", {
      handlers: {
        message(c) {
          c.spawnTask("kind", async () => {});
        },
        pass: (_c, to: () => Promise<void>) => to(),
        fail() {
          throw new Error("no");
        },
      },
    });
    const [ref, other] = [kit.system.spawn(worker), kit.system.spawn(worker)];
    await other.ask.pass(() => ref.ask.message());
    ref.tell.fail();
    await until(() => telemetry.spansNamed("worker restart").length === 1, "the restart");
    const knot = Promise.allSettled([
      ref.ask.pass(() => other.ask.message()),
      other.ask.pass(() => ref.ask.message()),
    ]);
    await clock.advance(6_000);
    await knot;
  }
  await until(() => telemetry.spansNamed("worker stop").length === 2, "the stops' spans");
  const seen = new Map<string, Set<string>>();
  for (const { name, attributes } of telemetry.spans()) {
    const pattern = name
      .replace("worker", "{type}")
      .replace(/\.\w+$/, ".{message}")
      .replace(/task \w+$/, "task {kind}");
    const keys = Object.keys(attributes).filter((key) => key !== Attribute.ErrorType);
    seen.set(pattern, new Set([...(seen.get(pattern) ?? []), ...keys]));
  }
  return seen;
}
