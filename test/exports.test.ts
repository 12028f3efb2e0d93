import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

/**
 * Everything limelight exports, entry by entry. A change here is a change of the public API: it belongs
 * in CHANGELOG.md, and a name that goes is a breaking one.
 */
const PUBLIC = {
  "./src/index.ts": {
    values: [
      "ActorPart",
      "ActorState",
      "AwakeReason",
      "BusyPhase",
      "DeadLetterReason",
      "DeadlockKind",
      "DeliveryError",
      "Directive",
      "ErrorCode",
      "FailurePhase",
      "LimelightError",
      "MessageKind",
      "MissedRuns",
      "OnDeadlock",
      "Outcome",
      "PoolRoute",
      "RestartPolicy",
      "SaveMode",
      "ScheduleOutcome",
      "SleepReason",
      "StopReason",
      "StopSignal",
      "StuckCause",
      "SupervisionStrategy",
      "SystemPhase",
      "TellRelation",
      "TopicDelivery",
      "UsageError",
      "WIRE_VERSION",
      "WaitKind",
      "WarningKind",
      "WhenFull",
      "createSystem",
      "createTopic",
      "defineActor",
      "defineKeyedActor",
      "errorType",
      "openSqliteStore",
      "queue",
      "snapshot",
      "stopOnSignals",
    ],
    types: [
      "ActorContext",
      "ActorDatabase",
      "ActorDefinition",
      "ActorKey",
      "ActorKv",
      "ActorOptions",
      "ActorRef",
      "ActorRow",
      "ActorSettings",
      "ActorSystem",
      "AnyActorDefinition",
      "AnyActorRef",
      "AnyHandlers",
      "AnyMessages",
      "AnyQueues",
      "Asks",
      "AwakeHold",
      "Backoff",
      "Books",
      "Broadcast",
      "BroadcastAsks",
      "BroadcastTells",
      "BusyRow",
      "CallOptions",
      "Cancellable",
      "Clock",
      "ClockTimer",
      "CronOptions",
      "DatabaseMigration",
      "DatabaseOptions",
      "DeadLetter",
      "DeadLetterRow",
      "DeadLetters",
      "Deadlock",
      "DeadlockMember",
      "DeclaredMessages",
      "DelegatedReply",
      "DurationRow",
      "EventLoopRow",
      "Failure",
      "Forwards",
      "GetArguments",
      "Handler",
      "Handlers",
      "Inbox",
      "Inboxes",
      "KeepAlive",
      "KeyListing",
      "KeyRow",
      "KeyedAddress",
      "KeyedContext",
      "KeyedDefinition",
      "KeyedHandler",
      "KeyedHandlers",
      "KeyedOptions",
      "KeyedRef",
      "KeyedType",
      "KeysOptions",
      "KvListOptions",
      "KvPage",
      "LaterReply",
      "MailboxRow",
      "MessageHandlers",
      "MessageNamesFor",
      "MessageNamesTaking",
      "MessageRow",
      "Monitor",
      "MonitorEvents",
      "MonitorOptions",
      "MonitorWarning",
      "MonitoredSystem",
      "NextOptions",
      "NoQueues",
      "Outbox",
      "Outboxes",
      "OwnHandlers",
      "PipeItems",
      "PipeOptions",
      "PipeSource",
      "PoolArguments",
      "PoolOptions",
      "PoolRef",
      "PoolRefOf",
      "PublicHandlers",
      "QueueDefinition",
      "QueueMessage",
      "QueueOptions",
      "RefOf",
      "ReplyOf",
      "RestartLimit",
      "RestartOptions",
      "RestartSettings",
      "RetryOptions",
      "Schedule",
      "ScheduleCalls",
      "ScheduleOptions",
      "ScheduleRun",
      "Schedules",
      "ShutdownReport",
      "Snapshot",
      "SnapshotOptions",
      "SpawnArguments",
      "SpawnChildArguments",
      "SqlChanges",
      "SqlParameters",
      "SqlStatements",
      "SqlValue",
      "StopOnSignalsOptions",
      "Stoppable",
      "Store",
      "StuckHandler",
      "SubscribeOptions",
      "SupervisionOptions",
      "SupervisionRow",
      "SupervisionSettings",
      "SystemHealth",
      "SystemOptions",
      "SystemTracing",
      "Task",
      "Tells",
      "Topic",
      "TopicOptions",
      "TotalsRow",
      "TransactionOptions",
      "TypeRow",
      "TypeTracing",
      "UntypedHandlers",
      "WaitRow",
    ],
  },
  "./src/console.ts": {
    values: [
      "CONSOLE_VERSION",
      "Condition",
      "DEFAULT_CONSOLE_PORT",
      "ProblemCode",
      "consoleLogStream",
      "consoleSpanProcessor",
      "createConsole",
    ],
    types: [
      "Action",
      "ActionResult",
      "ActorDetail",
      "AwakeRow",
      "Console",
      "ConsoleLogStream",
      "ConsoleOptions",
      "EndedSpan",
      "Frame",
      "KeyAction",
      "KeyActionResult",
      "KeyDetail",
      "KeyList",
      "KeyListRow",
      "KeyedRow",
      "KeyedTypeRow",
      "LogRow",
      "MetricPoint",
      "MetricRow",
      "Problem",
      "QueueRow",
      "QueuedRow",
      "RingState",
      "ScheduleRow",
      "ScheduleRunRow",
      "SetAsideRow",
      "SpanRow",
      "StartupPhaseRow",
      "StartupRow",
      "Summary",
      "SystemSummary",
      "TapProcessor",
      "TraceDetail",
      "TraceRow",
      "WaiterRow",
      "Waits",
      "Warnings",
    ],
  },
  "./src/health.ts": {
    values: ["HealthCode", "HealthStatus", "createHealth"],
    types: [
      "CheckReport",
      "Health",
      "HealthAnswer",
      "HealthBody",
      "HealthCheck",
      "HealthCheckOptions",
      "HealthOptions",
      "HealthSource",
      "NextFunction",
    ],
  },
  "./src/store.ts": {
    values: [
      "ABSENT",
      "Durability",
      "MemoryStore",
      "StoreError",
      "WriteKind",
      "WriteOutcome",
      "openSqliteStore",
      "restoreBackup",
      "writeOutcome",
    ],
    types: [
      "BackupFile",
      "BackupManifest",
      "BatchResult",
      "EntryPage",
      "KeyPage",
      "ListOptions",
      "LoadRequest",
      "Loaded",
      "MemoryStoreOptions",
      "RestoreOptions",
      "SqliteStore",
      "SqliteStoreOptions",
      "Store",
      "StoreErrorCode",
      "StoredEntry",
      "WriteOperation",
      "WriteOptions",
    ],
  },
  "./src/telemetry.ts": {
    values: [
      "Attribute",
      "Catalogue",
      "DeltaGauge",
      "Instrument",
      "ProcessRole",
      "TelemetryState",
      "Temporality",
      "createLogger",
      "latencyHistogram",
      "metricProducer",
      "stopTelemetry",
      "telemetryStatus",
      "withSpan",
    ],
    types: [
      "CorrelationFields",
      "CreateLoggerOptions",
      "HistogramPoint",
      "HistogramProducer",
      "LatencyHistogramOptions",
      "Metric",
      "MetricProducerOptions",
      "SpanTotals",
      "StopReport",
      "StopTelemetryOptions",
      "TelemetryStatus",
      "WithSpanOptions",
    ],
  },
  "./src/testing.ts": {
    values: [
      "InMemoryTelemetry",
      "ManualClock",
      "Probe",
      "createProbe",
      "expectBooks",
      "findImbalances",
      "inMemoryTelemetry",
    ],
    types: ["InMemoryTelemetryOptions", "LogLine", "MetricPoint", "ProbeMessages"],
  },
  "./src/preload.ts": {
    values: ["ProcessRole", "TelemetryState", "stopTelemetry", "telemetryStatus"],
    types: ["SpanTotals", "StopReport", "StopTelemetryOptions", "TelemetryStatus"],
  },
} as const;

const EXPORT = /^export\s+(?<type>type\s+)?\{(?<names>[^}]*)\}\s+from/gm;

/** The names an entry exports, as its text says. */
function exportsOf(entry: string): { values: string[]; types: string[] } {
  const text = readFileSync(new URL(`../${entry}`, import.meta.url), "utf8");
  const values: string[] = [];
  const types: string[] = [];
  for (const { groups } of text.matchAll(EXPORT)) {
    for (const item of (groups?.["names"] ?? "").split(",")) {
      const [name = ""] = item.trim().split(" as ").slice(-1);
      if (name === "") continue;
      const isType = groups?.["type"] !== undefined || item.trim().startsWith("type ");
      (isType ? types : values).push(name.replace(/^type /, ""));
    }
  }
  return { values: values.toSorted(), types: types.toSorted() };
}

describe("the public exports", () => {
  for (const [entry, { values, types }] of Object.entries(PUBLIC)) {
    it(`of ${entry} are these`, () => {
      assert.deepEqual(exportsOf(entry), { values: [...values], types: [...types] });
    });
  }

  it("are there at run time; the preload is loaded by tests of its own", async () => {
    for (const [entry, { values }] of Object.entries(PUBLIC)) {
      if (entry === "./src/preload.ts") continue;
      const module = (await import(`../${entry}`)) as Record<string, unknown>;
      assert.deepEqual(Object.keys(module).toSorted(), [...values], entry);
      for (const name of values) assert.notEqual(module[name], undefined, name);
    }
  });

  it("have one entry each in package.json, which points at what is built from it", () => {
    const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
    const manifest = JSON.parse(text) as { exports: Record<string, unknown> };
    const expected = Object.keys(PUBLIC).map((entry) => {
      const name = entry.slice("./src/".length, -".ts".length);
      const commonJs = { types: "./dist/preload.d.cts", default: "./dist/preload.cjs" };
      const target = {
        // Node requires it in the thread of module hooks as well, which cannot require ES modules.
        ...(name === "preload" ? { require: commonJs } : {}),
        types: `./dist/${name}.d.ts`,
        default: `./dist/${name}.js`,
      };
      return [name === "index" ? "." : `./${name}`, target];
    });

    assert.deepEqual(manifest.exports, {
      ...Object.fromEntries(expected),
      "./package.json": "./package.json",
    });
  });
});
