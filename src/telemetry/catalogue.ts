import { Attribute } from "./attributes.ts";
import { CLUSTER_METRICS, type ClusterMetricKey } from "./cluster-catalogue.ts";
import { Instrument, MESSAGE_BUCKETS_S, type Metric, SIZE_BUCKETS_BYTES } from "./metric.ts";
import { OUTSIDE_METRICS, type OutsideMetricKey } from "./outside-metrics.ts";

/** Name of the meter and tracer: the `otel_scope_name` of everything limelight reports. */
export const SCOPE_NAME = "limelight";
/** Version of the names below. A schema URL lets a backend translate names that change. */
export const SCHEMA_URL = "https://limelight.dev/schemas/0.1.0";
/** Prefix of all names of the runtime. It is defined once, so that it can become a convention's prefix. */
const ROOT = "actor";

/** Buckets for starts and shutdowns: 100 µs to 60 s. */
const LIFECYCLE_BUCKETS_S: readonly number[] = [
  0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60,
];
/** Buckets for round trips to the store. */
const ROUND_TRIP_BUCKETS: readonly number[] = [0, 1, 2, 3, 4, 8, 16, 32];

const { StatementClass, ConnectionOutcome, EventName } = Attribute;
const { ActorType, ActorState, StopReason, MessageType, MessageKind, Outcome } = Attribute;
const { TaskKind, DeadLetterReason, FailurePhase, RestartStrategy, ErrorType } = Attribute;
const { DeadlockKind, StoragePhase, StorageOperation, PreloadResult, ScheduleOutcome } = Attribute;
const { AwakeReason, KeepAwakeKind, Inbox, SaveOutcome, HandoverOutcome } = Attribute;
const { StartupPhase, StartupOwner, IsNew } = Attribute;

function counter(name: string, unit: string, description: string, attributes: string[]): Metric {
  return { name: `${ROOT}.${name}`, instrument: Instrument.Counter, unit, description, attributes };
}

function level(name: string, unit: string, description: string, attributes: string[]): Metric {
  const instrument = Instrument.UpDownCounter;
  return { name: `${ROOT}.${name}`, instrument, unit, description, attributes };
}

function gauge(name: string, unit: string, description: string, attributes: string[]): Metric {
  return { name: `${ROOT}.${name}`, instrument: Instrument.Gauge, unit, description, attributes };
}

function histogram(
  name: string,
  { unit, buckets }: Scale,
  description: string,
  attributes: string[],
): Metric {
  const instrument = Instrument.Histogram;
  return { name: `${ROOT}.${name}`, instrument, unit, description, attributes, buckets };
}

/** Unit and buckets of a histogram. */
type Scale = Required<Pick<Metric, "unit" | "buckets">>;
const LIFECYCLE: Scale = { unit: "s", buckets: LIFECYCLE_BUCKETS_S };
const SIZE: Scale = { unit: "By", buckets: SIZE_BUCKETS_BYTES };
const ROUND_TRIPS: Scale = { unit: "{round_trip}", buckets: ROUND_TRIP_BUCKETS };

function seconds(name: string, description: string, attributes: string[]): Metric {
  return histogram(name, { unit: "s", buckets: MESSAGE_BUCKETS_S }, description, attributes);
}

/** Keys of the catalogue's rows. */
export type MetricKey =
  | "Started"
  | "Stopped"
  | "Active"
  | "MailboxDepth"
  | "MailboxLimit"
  | "MailboxMaxDepth"
  | "OldestMessageAge"
  | "Rejected"
  | "Sent"
  | "Handled"
  | "WaitDuration"
  | "ProcessDuration"
  | "ProcessActive"
  | "ProcessStuck"
  | "AskDuration"
  | "TaskActive"
  | "TaskDuration"
  | "Failures"
  | "Restarts"
  | "DeadLetters"
  | "Deadlocks"
  | "DeadlockActive"
  | "StorageOperations"
  | "StorageRoundTrips"
  | "StorageDuration"
  | "PreloadLookups"
  | "ScheduleActive"
  | "ScheduleRuns"
  | "ScheduleLateness"
  | "QueueDepth"
  | "QueueSent"
  | "QueueReceived"
  | "QueueSetAside"
  | "Awake"
  | "KeepAwakeActive"
  | "InboxDepth"
  | "StartupDuration"
  | "StartupPhaseDuration"
  | "StartupRoundTrips"
  | "StateSize"
  | "StateSaveDuration"
  | "StateSaveSlow"
  | "Handovers"
  | "ShutdownTaskActive"
  | "ShutdownDuration"
  | "ShutdownTimeouts"
  | "ConnectionActive"
  | "Connections"
  | "EventPublished"
  | "HttpRequestActive"
  | "SqliteWorkerActive"
  | "SqliteQueueDepth"
  | "SqliteStatements"
  | "SqliteDuration"
  | OutsideMetricKey
  | ClusterMetricKey
  | "Imbalances"
  | "Overflow";

/**
 * Every metric of the runtime. Instruments, `docs/telemetry.md`, dashboards and their tests are generated
 * from this table or checked against it.
 */
export const Catalogue: Readonly<Record<MetricKey, Metric>> = {
  Started: counter("started", "{actor}", "Actors started.", [ActorType]),
  Stopped: counter("stopped", "{actor}", "Actors stopped, by reason; a restart is no stop.", [
    ActorType,
    StopReason,
  ]),
  Active: level("active", "{actor}", "Actors alive now, by state.", [ActorType, ActorState]),
  MailboxDepth: level("mailbox.depth", "{message}", "Messages waiting in mailboxes.", [ActorType]),
  MailboxLimit: level("mailbox.limit", "{message}", "Sum of the live mailboxes' limits.", [
    ActorType,
  ]),
  MailboxMaxDepth: gauge("mailbox.max_depth", "{message}", "Depth of the fullest mailbox.", [
    ActorType,
  ]),
  OldestMessageAge: gauge(
    "mailbox.oldest_message.age",
    "s",
    "Age of the longest waiting message; at least this old.",
    [ActorType],
  ),
  Rejected: counter("mailbox.rejected", "{message}", "Messages a full mailbox refused.", [
    ActorType,
    ErrorType,
  ]),
  Sent: counter("message.sent", "{message}", "Messages sent to actors of a type.", [
    ActorType,
    MessageType,
    MessageKind,
  ]),
  Handled: counter("message.handled", "{message}", "Messages whose handler ended, by outcome.", [
    ActorType,
    MessageType,
    MessageKind,
    Outcome,
  ]),
  WaitDuration: seconds("message.wait.duration", "Time a message waited in its mailbox.", [
    ActorType,
    MessageType,
    MessageKind,
  ]),
  ProcessDuration: seconds("message.process.duration", "Time a handler took, awaits included.", [
    ActorType,
    MessageType,
    MessageKind,
    ErrorType,
  ]),
  ProcessActive: level("message.process.active", "{message}", "Handlers running now.", [ActorType]),
  ProcessStuck: level(
    "message.process.stuck",
    "{message}",
    "Handlers and hooks that have run longer than their type allows.",
    [ActorType],
  ),
  AskDuration: seconds("ask.duration", "Round trip of an ask, as its caller saw it.", [
    ActorType,
    ErrorType,
  ]),
  TaskActive: level("task.active", "{task}", "Tasks running now.", [ActorType, TaskKind]),
  TaskDuration: seconds("task.duration", "Time a task took.", [ActorType, TaskKind, ErrorType]),
  Failures: counter("failures", "{failure}", "Failures that supervision answered.", [
    ActorType,
    FailurePhase,
    ErrorType,
  ]),
  Restarts: counter("restarts", "{restart}", "Restarts after a failure.", [
    ActorType,
    RestartStrategy,
    ErrorType,
  ]),
  DeadLetters: counter("dead_letters", "{message}", "Messages that reached no handler.", [
    ActorType,
    MessageType,
    DeadLetterReason,
  ]),
  Deadlocks: counter("deadlocks", "{deadlock}", "Deadlocks that have formed.", [DeadlockKind]),
  DeadlockActive: level("deadlock.active", "{deadlock}", "Deadlocks there are now.", []),
  StorageOperations: counter(
    "storage.operations",
    "{operation}",
    "Keys and prefixes that actors read or wrote.",
    [ActorType, StoragePhase, StorageOperation],
  ),
  StorageRoundTrips: counter(
    "storage.round_trips",
    "{round_trip}",
    "Calls to the store that actors waited for.",
    [ActorType, StoragePhase],
  ),
  StorageDuration: seconds("storage.operation.duration", "Time of a call to the store.", [
    ActorType,
    StoragePhase,
    StorageOperation,
    ErrorType,
  ]),
  PreloadLookups: counter(
    "storage.preload.lookups",
    "{lookup}",
    "Reads of starting actors, by whether their answer had been read ahead.",
    [ActorType, PreloadResult],
  ),
  ScheduleActive: level("schedule.active", "{schedule}", "Schedules of the actors awake now.", [
    ActorType,
  ]),
  ScheduleRuns: counter(
    "schedule.runs",
    "{run}",
    "Runs of schedules that have ended, by outcome.",
    [ActorType, ScheduleOutcome],
  ),
  ScheduleLateness: seconds(
    "schedule.lateness",
    "Time from when a schedule is due until its handler begins.",
    [ActorType],
  ),
  QueueDepth: level("queue.depth", "{message}", "Queue messages of the actors awake now.", [
    ActorType,
  ]),
  QueueSent: counter("queue.sent", "{message}", "Queue messages that were stored.", [ActorType]),
  QueueReceived: counter(
    "queue.received",
    "{message}",
    "Queue messages handed out, repeats included.",
    [ActorType],
  ),
  QueueSetAside: counter(
    "queue.set_aside",
    "{message}",
    "Queue messages set aside after their last attempt.",
    [ActorType],
  ),
  Awake: level("awake", "{actor}", "Keyed actors awake now, by what keeps them awake.", [
    ActorType,
    AwakeReason,
  ]),
  KeepAwakeActive: level(
    "keep_awake.active",
    "{hold}",
    "Holds that keep keyed actors awake, other than their messages and work.",
    [ActorType, KeepAwakeKind],
  ),
  InboxDepth: level("inbox.depth", "{message}", "What waits to be done by keyed actors.", [
    ActorType,
    Inbox,
  ]),
  StartupDuration: histogram(
    "startup.duration",
    LIFECYCLE,
    "Time from the request to wake a keyed actor until it handles messages, or until its start has failed.",
    [ActorType, IsNew, Outcome],
  ),
  StartupPhaseDuration: histogram(
    "startup.phase.duration",
    LIFECYCLE,
    "Time of one step of the start of a keyed actor; steps that did not run are absent.",
    [ActorType, StartupPhase, StartupOwner, IsNew, Outcome],
  ),
  StartupRoundTrips: histogram(
    "startup.round_trips",
    ROUND_TRIPS,
    "Calls to the store that the start of a keyed actor waited for.",
    [ActorType, IsNew],
  ),
  StateSize: histogram("state.size", SIZE, "Size of a state when it was stored.", [ActorType]),
  StateSaveDuration: seconds("state.save.duration", "Time of a commit of a keyed actor.", [
    ActorType,
    SaveOutcome,
  ]),
  StateSaveSlow: counter(
    "state.save.slow",
    "{save}",
    "Commits of keyed actors that the store had not answered after `slowSaveMs`.",
    [ActorType],
  ),
  Handovers: counter(
    "handovers",
    "{handover}",
    "Memory of keyed actors that move to another process, by what has become of it.",
    [ActorType, HandoverOutcome],
  ),
  ShutdownTaskActive: level(
    "shutdown.task.active",
    "{task}",
    "Tasks that the end of a keyed actor waits for now.",
    [ActorType],
  ),
  ShutdownDuration: histogram(
    "shutdown.duration",
    LIFECYCLE,
    "Time from the drain of a keyed actor until its end.",
    [ActorType, StopReason],
  ),
  ShutdownTimeouts: counter(
    "shutdown.timeouts",
    "{actor}",
    "Keyed actors killed because their end took longer than `stopDeadlineMs`.",
    [ActorType, StopReason],
  ),
  ConnectionActive: level("connection.active", "{connection}", "Open connections to actors.", [
    ActorType,
  ]),
  Connections: counter("connections", "{connection}", "Clients that wanted to connect to actors.", [
    ActorType,
    ConnectionOutcome,
  ]),
  EventPublished: counter(
    "event.published",
    "{event}",
    "Events that actors have broadcast, once what was changed before them was stored.",
    [ActorType, EventName],
  ),
  HttpRequestActive: level(
    "http.request.active",
    "{request}",
    "HTTP requests that actors are answering.",
    [ActorType],
  ),
  SqliteWorkerActive: level(
    "sqlite.worker.active",
    "{worker}",
    "SQL workers that run a statement of an actor.",
    [ActorType],
  ),
  SqliteQueueDepth: level(
    "sqlite.worker.queue.depth",
    "{statement}",
    "SQL statements that wait for a worker or for an earlier statement of their actor.",
    [ActorType],
  ),
  SqliteStatements: counter("sqlite.statements", "{statement}", "SQL statements that ended.", [
    ActorType,
    StatementClass,
    Outcome,
  ]),
  SqliteDuration: seconds(
    "sqlite.statement.duration",
    "Time that an SQL statement ran, without waiting.",
    [ActorType, StatementClass, ErrorType],
  ),
  ...OUTSIDE_METRICS,
  ...CLUSTER_METRICS,
  Imbalances: counter(
    "telemetry.imbalances",
    "{imbalance}",
    "Decrements that would have made a gauge negative: each one is a bug of limelight.",
    [],
  ),
  Overflow: counter(
    "telemetry.overflow",
    "{name}",
    "Names reported as _OTHER because too many distinct ones were in use.",
    [],
  ),
};
