/**
 * Attribute keys of spans and metrics. Metrics use the first block only, whose values come from bounded sets.
 * Keys that identify one actor or one message are used on spans and logs alone.
 */
export const Attribute = {
  ActorType: "actor.type",
  ActorState: "actor.state",
  StopReason: "actor.stop.reason",
  MessageType: "actor.message.type",
  MessageKind: "actor.message.kind",
  Outcome: "actor.outcome",
  TaskKind: "actor.task.kind",
  DeadLetterReason: "actor.dead_letter.reason",
  FailurePhase: "actor.failure.phase",
  RestartStrategy: "actor.restart.strategy",
  DeadlockKind: "actor.deadlock.kind",
  StoragePhase: "actor.storage.phase",
  StorageOperation: "actor.storage.operation",
  PreloadResult: "actor.storage.preload.result",
  ScheduleOutcome: "actor.schedule.outcome",
  AwakeReason: "actor.awake.reason",
  KeepAwakeKind: "actor.keep_awake.kind",
  Inbox: "actor.inbox",
  SaveOutcome: "actor.state.save.outcome",
  HandoverOutcome: "actor.handover.outcome",
  StartupPhase: "actor.startup.phase",
  StartupOwner: "actor.startup.owner",
  IsNew: "actor.startup.is_new",
  StatementClass: "actor.sqlite.statement.class",
  ConnectionOutcome: "actor.connection.outcome",
  EventName: "actor.event.name",
  ErrorType: "error.type",
  HttpMethod: "http.request.method",
  HttpRoute: "http.route",
  HttpStatus: "http.response.status_code",
  UrlScheme: "url.scheme",
  ProtocolVersion: "network.protocol.version",
  Transport: "gateway.transport",
  IoDirection: "network.io.direction",
  AuthOutcome: "gateway.auth.outcome",
  RpcSystem: "rpc.system.name",
  RpcMethod: "rpc.method",
  RpcStatus: "rpc.status_code",
  SocketState: "gateway.socket.state",
  CloseCode: "gateway.close.code",
  CloseSide: "gateway.close.side",
  PauseReason: "gateway.pause.reason",
  ResyncReason: "actor.resync.reason",
  RunnerState: "cluster.runner.state",
  PlacementStatus: "cluster.placement.status",
  PlacementReason: "cluster.placement.reason",
  CommandOutcome: "cluster.command.outcome",
  ClusterEventOutcome: "cluster.event.outcome",
  CallOutcome: "cluster.call.outcome",
  CallSide: "cluster.call.side",
  RouteSource: "cluster.route.source",
  LeaseKind: "cluster.lease",
  FenceReason: "cluster.fence.reason",
  DrainOutcome: "cluster.drain.outcome",
  EvictionReason: "cluster.eviction.reason",
  ClusterLog: "cluster.log",
  FaultKind: "cluster.fault.kind",
  WriteResolution: "cluster.write.resolution",

  RequestId: "actor.request.id",
  ConnectionId: "actor.connection.id",
  RpcMethodOriginal: "rpc.method_original",
  HttpMethodOriginal: "http.request.method_original",
  UrlPath: "url.path",
  ServerAddress: "server.address",
  ServerPort: "server.port",
  EndUserId: "enduser.id",
  ActorId: "actor.id",
  ActorKey: "actor.key",
  Generation: "actor.generation",
  SenderId: "actor.sender.id",
  WaitMs: "actor.message.wait_ms",
  QueueOutcome: "actor.queue.outcome",
  QueueAttempt: "actor.queue.attempt",
  DisconnectReason: "actor.disconnect.reason",
  RunnerId: "cluster.runner.id",
  CommandKind: "cluster.command.kind",
  CommandId: "cluster.command.id",
  IsReplay: "cluster.replay",
  CallAttempts: "cluster.call.attempts",
  EventCount: "messaging.batch.message_count",
  MessagingSystem: "messaging.system.name",
  MessagingOperation: "messaging.operation.name",
  MessagingOperationType: "messaging.operation.type",
  MessagingDestination: "messaging.destination.template",
} as const;

/**
 * How a message was sent. `signal`: the notice that a linked or watched actor has ended. `schedule`: a stored
 * schedule of a keyed actor.
 *
 * @enum
 */
export const MessageKind = {
  Ask: "ask",
  Tell: "tell",
  Signal: "signal",
  Timer: "timer",
  Schedule: "schedule",
} as const;
export type MessageKind = (typeof MessageKind)[keyof typeof MessageKind];

/**
 * How a handler ended, or the start of a keyed actor. `killed`: its actor was killed while it ran, and its result was
 * discarded. `timeout`: a step of the start took too long.
 *
 * @enum
 */
export const Outcome = {
  Ok: "ok",
  Error: "error",
  Killed: "killed",
  Timeout: "timeout",
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/**
 * Lifecycle state of an actor. `stopped` has no gauge.
 *
 * @enum
 */
export const ActorState = {
  Starting: "starting",
  Running: "running",
  Restarting: "restarting",
  Stopping: "stopping",
} as const;
export type ActorState = (typeof ActorState)[keyof typeof ActorState];

/**
 * Why an actor ended.
 *
 * @enum
 */
export const StopReason = {
  /** `c.stop()` or `ref.stop()`. */
  Normal: "normal",
  /** `ref.kill()`, or the deadline of a stop or shutdown. */
  Killed: "killed",
  /** A failure that its supervision did not answer with a restart. */
  Failed: "failed",
  /** Its state factory or `onStart` failed. */
  StartFailed: "start_failed",
  /** Its parent ended or restarted. */
  ParentStopped: "parent_stopped",
  /** `system.shutdown()`. */
  Shutdown: "shutdown",
  /** An actor it was linked to ended abnormally, and it has no `onTerminated`. */
  LinkDied: "link_died",
  /** Its siblings restarted because one of them failed, and its own policy is never to restart. */
  SiblingFailed: "sibling_failed",
  /** A keyed actor had nothing to do for `idleMs`. */
  Idle: "idle",
  /** A keyed actor was asked to sleep: `c.sleep()`, `ref.sleep()` or `ref.stop()`. */
  Requested: "requested",
  /** A keyed actor made room for another key, because `maxResident` was reached. */
  Evicted: "evicted",
  /** A keyed actor was handed over to another process. */
  Drained: "drained",
  /** What a keyed actor wanted to store was refused or has an unknown outcome; its next activation reads again. */
  StateConflict: "state_conflict",
  /** A keyed actor was destroyed: nothing is stored under its key any more. */
  Destroyed: "destroyed",
  /** This process may no longer run a keyed actor of a cluster. Nothing more was stored. */
  Fenced: "fenced",
} as const;
export type StopReason = (typeof StopReason)[keyof typeof StopReason];

/** Returns whether an end with this reason was unplanned. Such an end also stops linked actors. */
export function isAbnormal(reason: StopReason): boolean {
  switch (reason) {
    case StopReason.Normal:
    case StopReason.ParentStopped:
    case StopReason.Shutdown:
    case StopReason.Idle:
    case StopReason.Requested:
    case StopReason.Evicted:
    case StopReason.Drained:
    case StopReason.Destroyed:
      return false;
    case StopReason.Killed:
    case StopReason.Failed:
    case StopReason.StartFailed:
    case StopReason.LinkDied:
    case StopReason.SiblingFailed:
    case StopReason.StateConflict:
    case StopReason.Fenced:
      return true;
  }
}

/**
 * What keeps an actor awake. The first member that applies is reported.
 *
 * @enum
 */
export const AwakeReason = {
  Handling: "handling",
  Hook: "hook",
  Mailbox: "mailbox",
  Task: "task",
  /** `run` of a keyed actor, unless it only waits for a message of a queue. */
  Run: "run",
  Timer: "timer",
  Child: "child",
  /** A promise given to `c.keepAwake`. */
  KeepAwake: "keep_awake",
  /** A hold of the runtime itself. */
  Internal: "internal",
  /** A delegated reply that has not been given. */
  Reply: "reply",
  /** A queue message that was handed out and is neither completed nor put back. */
  QueueMessage: "queue_message",
  Connection: "connection",
  HttpRequest: "http_request",
  /** Nothing keeps it awake: it waits for messages. */
  Idle: "idle",
  Stopped: "stopped",
} as const;
export type AwakeReason = (typeof AwakeReason)[keyof typeof AwakeReason];

/**
 * Why a message reached no handler.
 *
 * @enum
 */
export const DeadLetterReason = {
  /** The actor had stopped, or was stopping. */
  Stopped: "stopped",
  /** The actor ended with the message still in its mailbox. */
  Undelivered: "undelivered",
  /** The definition has no such message. */
  UnknownMessage: "unknown_message",
  /** A handler asked its own actor, so no reply was possible. */
  SelfAsk: "self_ask",
  /** No caller waits for the reply: the ask timed out or was aborted while it was queued. */
  Abandoned: "abandoned",
  /** No process of the cluster could take it. */
  Unreachable: "unreachable",
} as const;
export type DeadLetterReason = (typeof DeadLetterReason)[keyof typeof DeadLetterReason];

/**
 * What the actors of a deadlock wait for.
 *
 * @enum
 */
export const DeadlockKind = {
  /** Each other's replies. */
  Ask: "ask",
  /** Space in at least one full mailbox. */
  Mailbox: "mailbox",
  /** An actor for itself. */
  Self: "self",
  /** At least one start, end or task. */
  Lifecycle: "lifecycle",
} as const;
export type DeadlockKind = (typeof DeadlockKind)[keyof typeof DeadlockKind];

/**
 * When an actor used its store.
 *
 * @enum
 */
export const StoragePhase = {
  /** Until its start has completed. */
  Starting: "starting",
  Ready: "ready",
} as const;
export type StoragePhase = (typeof StoragePhase)[keyof typeof StoragePhase];

/**
 * What was asked of a store. `load` and `batch` are round trips that contain several of the others.
 *
 * @enum
 */
export const StorageOperation = {
  Get: "get",
  List: "list",
  Put: "put",
  Delete: "delete",
  DeletePrefix: "delete_prefix",
  /** A condition without a write. */
  Check: "check",
  Load: "load",
  Batch: "batch",
} as const;
export type StorageOperation = (typeof StorageOperation)[keyof typeof StorageOperation];

/**
 * What the entries that were read ahead of a start say about a key or prefix.
 *
 * @enum
 */
export const PreloadResult = {
  Found: "found",
  /** It was read, and there is nothing. */
  Absent: "absent",
  /** It was not read, so the store must be asked. */
  NotPreloaded: "not_preloaded",
} as const;
export type PreloadResult = (typeof PreloadResult)[keyof typeof PreloadResult];

/**
 * Who keeps an actor awake until a hold is released.
 *
 * @enum
 */
export const KeepAwakeKind = {
  /** `c.keepAwake`. */
  User: "user",
  /** The runtime. */
  Internal: "internal",
} as const;
export type KeepAwakeKind = (typeof KeepAwakeKind)[keyof typeof KeepAwakeKind];

/**
 * What waits to be done by a keyed actor.
 *
 * @enum
 */
export const Inbox = {
  /** Requested sleeps, destroys and restarts that have not been carried out. */
  Lifecycle: "lifecycle",
  /** Messages in mailboxes, also of actors that are starting. */
  Dispatch: "dispatch",
  /** Requested commits that have not begun. */
  LifecycleEvent: "lifecycle_event",
} as const;
export type Inbox = (typeof Inbox)[keyof typeof Inbox];

/**
 * How a commit of a keyed actor ended.
 *
 * @enum
 */
export const SaveOutcome = {
  Ok: "ok",
  /** Nothing was written. */
  Rejected: "rejected",
  /** It is unknown whether it was written. */
  Unknown: "unknown",
} as const;
export type SaveOutcome = (typeof SaveOutcome)[keyof typeof SaveOutcome];

/**
 * Steps of the start of a keyed actor, in order.
 *
 * @enum
 */
export const StartupPhase = {
  /** Waits for admission, because `maxResident` is reached. */
  Admit: "admit",
  /** Waits for the end of the previous activation of the key. */
  Previous: "previous",
  Load: "load",
  Migrate: "migrate",
  Database: "database",
  DatabaseMigrations: "database_migrations",
  State: "state",
  OnCreate: "on_create",
  Vars: "vars",
  OnWake: "on_wake",
} as const;
export type StartupPhase = (typeof StartupPhase)[keyof typeof StartupPhase];

/**
 * Whose code a step of a start runs.
 *
 * @enum
 */
export const StartupOwner = { Internal: "internal", User: "user" } as const;
export type StartupOwner = (typeof StartupOwner)[keyof typeof StartupOwner];

/**
 * What an SQL statement of an actor does.
 *
 * @enum
 */
export const StatementClass = {
  Select: "select",
  /** Also `REPLACE`. */
  Insert: "insert",
  Update: "update",
  Delete: "delete",
  /** Schema changes, `PRAGMA`, and the begin and end of transactions. */
  Other: "other",
} as const;
export type StatementClass = (typeof StatementClass)[keyof typeof StatementClass];
