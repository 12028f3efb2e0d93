// Actors

// Systems
export type { Books } from "./actor/books.ts";
export type { ActorContext, Cancellable, PipeOptions, Task } from "./actor/context.ts";
export type { DeadLetter, DeadLetters } from "./actor/dead-letters.ts";
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
} from "./actor/definition.ts";
export type { DelegatedReply, Forwards, LaterReply, ReplyOf } from "./actor/later-reply.ts";
export {
  type Asks,
  type Handler,
  type Handlers,
  type LooseHandlers,
  type Tells,
  WhenFull,
} from "./actor/messages.ts";
export type { PipeItems, PipeSource } from "./actor/pipe-source.ts";
export type {
  Broadcast,
  BroadcastAsks,
  BroadcastTells,
  PoolArguments,
  PoolOptions,
  PoolRef,
} from "./actor/pool-ref.ts";
export { PoolRoute } from "./actor/pool-routing.ts";
export type { ActorRef, AnyActorRef, CallOptions } from "./actor/ref.ts";
export type { ShutdownReport } from "./actor/shutdown.ts";
export { type ActorSystem, createSystem, type SystemOptions } from "./actor/system.ts";
export {
  createTopic,
  type MessageNamesFor,
  type SubscribeOptions,
  type Topic,
  TopicDelivery,
  type TopicOptions,
} from "./actor/topic.ts";
export type { Clock, ClockTimer, KeepAlive } from "./base/clock.ts";
// Errors
export { DeliveryError, ErrorCode, errorType, LimelightError, UsageError } from "./base/errors.ts";
// Supervision and its closed sets
export type { Backoff } from "./supervision/backoff.ts";
export { Directive, FailurePhase, RestartPolicy } from "./supervision/restart-policy.ts";
export type { RestartLimit } from "./supervision/restart-window.ts";
export { SupervisionStrategy } from "./supervision/strategy.ts";
export { type SystemTracing, TellRelation, type TypeTracing } from "./telemetry/actor-tracing.ts";
export {
  ActorState,
  DeadLetterReason,
  MessageKind,
  Outcome,
  StopReason,
} from "./telemetry/attributes.ts";
