/* The closed sets of the shapes in `snapshot`. */

/**
 * What an actor waits for.
 *
 * @enum
 */
export const WaitKind = {
  /** The reply to an ask. */
  Ask: "ask",
  /** Space in a full mailbox. */
  Mailbox: "mailbox",
  /** The start of an actor: `ref.whenReady()`. */
  Start: "start",
  /** The end of an actor: `ref.stop()`, `ref.whenStopped()`, or its children's while it stops or restarts. */
  Stop: "stop",
  /** The end of a task. */
  Task: "task",
} as const;
export type WaitKind = (typeof WaitKind)[keyof typeof WaitKind];

/**
 * The part of an actor whose code runs or waits.
 *
 * @enum
 */
export const ActorPart = { Handler: "handler", Hook: "hook", Task: "task" } as const;
export type ActorPart = (typeof ActorPart)[keyof typeof ActorPart];

/**
 * What an actor is currently executing.
 *
 * @enum
 */
export const BusyPhase = {
  Handler: "handler",
  Start: "start",
  Stop: "stop",
  Restart: "restart",
} as const;
export type BusyPhase = (typeof BusyPhase)[keyof typeof BusyPhase];

/**
 * Why a handler or hook is still running.
 *
 * @enum
 */
export const StuckCause = {
  /** The event loop was blocked, so no code of the process could run. */
  EventLoop: "event_loop",
  /** It waits for an actor that is working or waiting itself. */
  Actor: "actor",
  /** It waits, directly or through other actors, for a deadlocked actor. */
  Deadlock: "deadlock",
  /** It awaits something other than an actor. */
  OtherIo: "other_io",
} as const;
export type StuckCause = (typeof StuckCause)[keyof typeof StuckCause];

/**
 * Kinds of warnings that the monitor raises.
 *
 * @enum
 */
export const WarningKind = {
  MailboxGrowing: "mailbox_growing",
  RestartStorm: "restart_storm",
  DeadLetterBurst: "dead_letter_burst",
  AskTimeouts: "ask_timeouts",
  EventLoopBlocked: "event_loop_blocked",
  ActorLeak: "actor_leak",
  TaskLeak: "task_leak",
  LargeState: "large_state",
} as const;
export type WarningKind = (typeof WarningKind)[keyof typeof WarningKind];
