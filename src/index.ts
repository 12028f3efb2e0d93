/**
 * Systems, actors and messages; errors; supervision; the monitor.
 *
 * @module limelight
 */
import "./base/node/require-node.ts";

// Keyed actors

export type { Caller } from "./activation/definition/caller.ts";
export {
  type BroadcastOptions,
  type Connecting,
  type Connection,
  type Connections,
  DisconnectReason,
} from "./activation/definition/connection-types.ts";
export type {
  ActorDatabase,
  DatabaseMigration,
  DatabaseOptions,
  SqlChanges,
  SqlParameters,
  SqlStatements,
  SqlValue,
  TransactionOptions,
} from "./activation/definition/database-types.ts";
export {
  type AnyEvents,
  type BodyArguments,
  type EventBody,
  type EventDefinition,
  type EventOptions,
  event,
  type NoEvents,
  type ReplayOptions,
  WhenSlow,
} from "./activation/definition/event-types.ts";
export type { Faceted, Facets, FacetsOf } from "./activation/definition/facets.ts";
export type { AwakeHold, KeyedContext, NoQueues } from "./activation/definition/keyed-context.ts";
export {
  defineKeyedActor,
  type KeyedDefinition,
  type KeyedHandler,
  type KeyedHandlers,
  type KeyedOptions,
} from "./activation/definition/keyed-definition.ts";
export type { KeyedRef } from "./activation/definition/keyed-ref.ts";
export type { OutsideHooks } from "./activation/definition/outside-hooks.ts";
export {
  type AnyQueues,
  type Inbox,
  type Inboxes,
  type NextOptions,
  type Outbox,
  type Outboxes,
  type QueueDefinition,
  type QueueMessage,
  type QueueOptions,
  queue,
  type RetryOptions,
} from "./activation/definition/queue-types.ts";
export { SaveMode } from "./activation/definition/save-mode.ts";
export {
  type CronOptions,
  MissedRuns,
  type Schedule,
  type ScheduleCalls,
  type ScheduleOptions,
  ScheduleOutcome,
  type ScheduleRun,
  type Schedules,
} from "./activation/definition/schedule-types.ts";
export { SleepReason } from "./activation/definition/sleep-reason.ts";
export type { ActorKv, KvListOptions, KvPage } from "./activation/definition/storage-types.ts";
// Actors and systems
export type { ActorSystem, Books, ShutdownReport } from "./actor/definition/actor-system.ts";
export type { ActorContext, Cancellable, Task } from "./actor/definition/context.ts";
export type { DeadLetter, DeadLetters } from "./actor/definition/dead-letter.ts";
export {
  type ActorDefinition,
  type ActorOptions,
  type ActorSettings,
  type AnyActorDefinition,
  defineActor,
  type Failure,
  type RestartOptions,
  type RestartSettings,
  type SpawnArguments,
  type SpawnChildArguments,
  type SupervisionOptions,
  type SupervisionSettings,
} from "./actor/definition/definition.ts";
export type {
  ActorKey,
  GetArguments,
  KeyedAddress,
  KeyedType,
  KeyListing,
  KeyRow,
  KeysOptions,
} from "./actor/definition/keyed-address.ts";
export type {
  DelegatedReply,
  Forwards,
  LaterReply,
  ReplyOf,
} from "./actor/definition/later-reply.ts";
export {
  type AnyHandlers,
  type AnyMessages,
  type Asks,
  type DeclaredMessages,
  type Handler,
  type Handlers,
  type MessageHandlers,
  type MessageNamesFor,
  type MessageNamesTaking,
  type OwnHandlers,
  type PublicHandlers,
  type Tells,
  type UntypedHandlers,
  WhenFull,
} from "./actor/definition/messages.ts";
export type { PipeItems, PipeOptions, PipeSource } from "./actor/definition/pipe-options.ts";
export {
  type Broadcast,
  type BroadcastAsks,
  type BroadcastTells,
  type PoolArguments,
  type PoolOptions,
  type PoolRef,
  PoolRoute,
} from "./actor/definition/pool-ref.ts";
export type { ActorRef, AnyActorRef, CallOptions } from "./actor/definition/ref.ts";
export type { PoolRefOf, RefOf } from "./actor/definition/ref-of.ts";
export {
  createTopic,
  type SubscribeOptions,
  type Topic,
  TopicDelivery,
  type TopicOptions,
} from "./actor/topic/topic.ts";
export type { Clock, ClockTimer, KeepAlive } from "./base/clock.ts";
// Errors
export { DeliveryError, ErrorCode, errorType, LimelightError, UsageError } from "./base/errors.ts";
export { PublicError, type PublicErrorOptions } from "./base/public-error.ts";
export type { Monitor, SnapshotOptions } from "./monitor/monitor.ts";
export type { MonitorEvents } from "./monitor/monitor-events.ts";
export type { MonitorOptions } from "./monitor/monitor-options.ts";
export type { MonitoredSystem } from "./monitor/monitored-system.ts";
export { type SystemHealth, SystemPhase } from "./monitor/system-health.ts";
// The monitor
export { OnDeadlock } from "./monitor/waits/deadlocks.ts";
// The store of keyed actors
export type { Store } from "./store/contract/store.ts";
export { openSqliteStore } from "./store/open-sqlite-store.ts";
// Supervision and its closed sets
export type { Backoff } from "./supervision/backoff.ts";
export { Directive, FailurePhase, RestartPolicy } from "./supervision/restart-policy.ts";
export type { RestartLimit } from "./supervision/restart-window.ts";
export { SupervisionStrategy } from "./supervision/strategy.ts";
// Systems
export { createSystem, type SystemOptions, snapshot } from "./system/create-system.ts";
export { StopSignal } from "./system/process-signals.ts";
export type { Stoppable } from "./system/signal-stops.ts";
export { type StopOnSignalsOptions, stopOnSignals } from "./system/stop-on-signals.ts";
export {
  ActorState,
  DeadLetterReason,
  DeadlockKind,
  MessageKind,
  Outcome,
  StopReason,
} from "./telemetry/attributes.ts";
export {
  type SystemTracing,
  TellRelation,
  type TypeTracing,
} from "./telemetry/traces/actor-tracing.ts";
export {
  ActorPart,
  type ActorRow,
  AwakeReason,
  BusyPhase,
  type BusyRow,
  type DeadLetterRow,
  type Deadlock,
  type DeadlockMember,
  type DurationRow,
  type EventLoopRow,
  type MailboxRow,
  type MessageRow,
  type MonitorWarning,
  type Snapshot,
  StuckCause,
  type StuckHandler,
  type SupervisionRow,
  type TotalsRow,
  type TypeRow,
  WaitKind,
  type WaitRow,
  WarningKind,
  WIRE_VERSION,
} from "./wire/snapshot.ts";
