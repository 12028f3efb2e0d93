import "./base/require-node.ts";

// Actors and systems

export type { ActorContext, Cancellable, PipeOptions, Task } from "./actor/definition/context.ts";
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
  DelegatedReply,
  Forwards,
  LaterReply,
  ReplyOf,
} from "./actor/definition/later-reply.ts";
export {
  type Asks,
  type Handler,
  type Handlers,
  type LooseHandlers,
  type Tells,
  WhenFull,
} from "./actor/definition/messages.ts";
export type { ActorRef, AnyActorRef, CallOptions } from "./actor/definition/ref.ts";
export type {
  Broadcast,
  BroadcastAsks,
  BroadcastTells,
  PoolArguments,
  PoolOptions,
  PoolRef,
} from "./actor/pool/pool-ref.ts";
export { PoolRoute } from "./actor/pool/pool-routing.ts";
export type { Books } from "./actor/system/books.ts";
export type { DeadLetter, DeadLetters } from "./actor/system/dead-letters.ts";
export type { ShutdownReport } from "./actor/system/shutdown.ts";
export type { ActorSystem } from "./actor/system/system.ts";
export {
  createTopic,
  type MessageNamesFor,
  type SubscribeOptions,
  type Topic,
  TopicDelivery,
  type TopicOptions,
} from "./actor/topic/topic.ts";
export type { PipeItems, PipeSource } from "./actor/work/pipe-source.ts";
export type { Clock, ClockTimer, KeepAlive } from "./base/clock.ts";
// Errors
export { DeliveryError, ErrorCode, errorType, LimelightError, UsageError } from "./base/errors.ts";
// The monitor
export {
  createSystem,
  type MonitoredSystem,
  type SystemOptions,
  snapshot,
} from "./monitor/create-system.ts";
export { OnDeadlock } from "./monitor/deadlocks.ts";
export type { Monitor, MonitorOptions, SnapshotOptions } from "./monitor/monitor.ts";
export type { MonitorEvents } from "./monitor/monitor-events.ts";
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
} from "./monitor/wire.ts";
// Supervision and its closed sets
export type { Backoff } from "./supervision/backoff.ts";
export { Directive, FailurePhase, RestartPolicy } from "./supervision/restart-policy.ts";
export type { RestartLimit } from "./supervision/restart-window.ts";
export { SupervisionStrategy } from "./supervision/strategy.ts";
export { type SystemTracing, TellRelation, type TypeTracing } from "./telemetry/actor-tracing.ts";
export {
  ActorState,
  DeadLetterReason,
  DeadlockKind,
  MessageKind,
  Outcome,
  StopReason,
} from "./telemetry/attributes.ts";
