import type {
  ActorState,
  AwakeReason,
  DeadlockKind,
  MessageKind,
  StopReason,
} from "../telemetry/attributes.ts";

export { AwakeReason } from "../telemetry/attributes.ts";

/*
 * The monitor's wire types: plain JSON data for viewers in this or another process. Timestamps end in `AtMs`
 * and are milliseconds since the epoch on the source's clock. Durations end in `Ms`. Counters only increase:
 * a viewer derives rates from two snapshots and their `capturedAtMs`.
 */

/** Version of the shapes below. It is incremented when a field changes or is removed. */
export const WIRE_VERSION = 2;

/** What an actor waits for. */
export const WaitKind = {
  /** The reply to an ask. */
  Ask: "ask",
  /** Space in a full mailbox. */
  Mailbox: "mailbox",
  /** The start of an actor: `ref.whenReady()`. */
  Start: "start",
  /**
   * The end of an actor: `ref.stop()`, `ref.whenStopped()`, or its children's end while it stops or restarts.
   */
  Stop: "stop",
  /** The end of a task. */
  Task: "task",
} as const;
export type WaitKind = (typeof WaitKind)[keyof typeof WaitKind];

/** The part of an actor whose code runs or waits. */
export const ActorPart = { Handler: "handler", Hook: "hook", Task: "task" } as const;
export type ActorPart = (typeof ActorPart)[keyof typeof ActorPart];

/** What an actor is currently executing. */
export const BusyPhase = {
  Handler: "handler",
  Start: "start",
  Stop: "stop",
  Restart: "restart",
} as const;
export type BusyPhase = (typeof BusyPhase)[keyof typeof BusyPhase];

/** Why a handler or hook is still running. */
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

/** Kinds of warnings that the monitor raises. */
export const WarningKind = {
  MailboxGrowing: "mailbox_growing",
  RestartStorm: "restart_storm",
  DeadLetterBurst: "dead_letter_burst",
  AskTimeouts: "ask_timeouts",
  EventLoopBlocked: "event_loop_blocked",
  ActorLeak: "actor_leak",
  TaskLeak: "task_leak",
} as const;
export type WarningKind = (typeof WarningKind)[keyof typeof WarningKind];

/** One thing that an actor waits for. An actor may wait for several at once. */
export interface WaitRow {
  readonly kind: WaitKind;
  /** The part of the actor that waits. Tasks wait independently of handlers. */
  readonly part: ActorPart;
  readonly targetId: string;
  readonly targetType: string;
  /** The message asked or sent; `null` for starts, ends and tasks. */
  readonly messageType: string | null;
  /** Start of the wait, to within 20 ms. */
  readonly sinceAtMs: number;
  /** When the wait times out at the latest; `null` when it has no time-out. */
  readonly untilAtMs: number | null;
  readonly traceId: string | null;
}

/** The message that an actor is handling, or the hook that is running. */
export interface BusyRow {
  readonly phase: BusyPhase;
  /** `null` in a hook. */
  readonly messageType: string | null;
  readonly kind: MessageKind | null;
  /** Latest possible start. For messages that are not timed, it is when the monitor first observed them. */
  readonly sinceAtMs: number;
  readonly traceId: string | null;
}

export interface MailboxRow {
  readonly depth: number;
  readonly limit: number;
  /** Latest possible time at which the oldest waiting message was sent; `null` when the mailbox is empty. */
  readonly oldestSentAtMs: number | null;
  /** Senders that wait for space. */
  readonly waitingSenders: number;
}

export interface SupervisionRow {
  /** Which children restart when one of them fails; `null` when the actor has no children. */
  readonly strategy: string | null;
  readonly policy: string;
  readonly maxRestarts: number;
  readonly windowMs: number;
  readonly restarts: number;
  /** Whether its restart is delayed by a back-off. */
  readonly backingOff: boolean;
  /** Ids of the actors that it is linked with, and below of those that it watches. */
  readonly links: readonly string[];
  readonly watches: readonly string[];
}

/** One actor. */
export interface ActorRow {
  readonly id: string;
  /** Sequential number of the actor within its process, in order of creation. Rows are sorted by it. */
  readonly number: number;
  readonly type: string;
  readonly name: string | null;
  readonly parentId: string | null;
  readonly state: ActorState | "stopped";
  readonly awakeReason: AwakeReason;
  /** 1 for the first life, incremented with each restart. */
  readonly life: number;
  /** To within 250 ms; less precise for actors that have existed for long. */
  readonly spawnedAtMs: number;
  readonly mailbox: MailboxRow;
  /** Messages taken from the mailbox since the actor was created. */
  readonly messagesTaken: number;
  readonly busy: BusyRow | null;
  readonly waits: readonly WaitRow[];
  readonly tasks: readonly { readonly kind: string; readonly sinceAtMs: number }[];
  readonly timers: number;
  readonly children: number;
  readonly supervision: SupervisionRow;
  /** `error.type` of the latest failure. */
  readonly lastError: string | null;
  readonly stopped: { readonly atMs: number; readonly reason: StopReason } | null;
}

/** Durations of a series in milliseconds. Percentiles are estimated from the histogram's buckets. */
export interface DurationRow {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** One message of one actor type and one kind of sending. */
export interface MessageRow {
  readonly messageType: string;
  readonly kind: string;
  readonly sent: number;
  readonly handled: number;
  readonly failed: number;
  readonly wait: DurationRow | null;
  readonly process: DurationRow | null;
}

/** All actors of one type. Counts by message are kept by type, so that their number stays bounded. */
export interface TypeRow {
  readonly type: string;
  readonly active: number;
  readonly started: number;
  readonly stopped: number;
  readonly mailboxDepth: number;
  readonly tasks: number;
  readonly failures: number;
  readonly restarts: number;
  readonly rejected: number;
  readonly deadLetters: number;
  readonly askTimeouts: number;
  readonly asks: DurationRow | null;
  /** 95th percentile of the time its messages spent in mailboxes, estimated as in {@link DurationRow}. */
  readonly waitP95Ms?: number | null;
  readonly messages: readonly MessageRow[];
}

/** Counts of the whole system. They are not affected by the end of an actor. */
export interface TotalsRow {
  readonly active: number;
  readonly started: number;
  readonly stopped: number;
  readonly sent: number;
  readonly handled: number;
  readonly waiting: number;
  readonly processing: number;
  readonly rejected: number;
  readonly deadLetters: number;
  readonly failures: number;
  readonly restarts: number;
  readonly deadlocks: number;
}

/** An actor that is part of a deadlock. */
export interface DeadlockMember {
  readonly id: string;
  readonly type: string;
  readonly part: ActorPart;
  /** The message that it is handling; `null` in a hook or task. */
  readonly messageType: string | null;
  /** Its waits for other members. */
  readonly waits: readonly WaitRow[];
}

/** Actors that wait for each other. None of them can continue unless a wait is abandoned. */
export interface Deadlock {
  readonly id: string;
  readonly kind: DeadlockKind;
  /** Sorted so that each member waits for the next one, as far as the deadlock is a single cycle. */
  readonly members: readonly DeadlockMember[];
  readonly detectedAtMs: number;
  /** When the first time-out ends the deadlock; `null` when it is permanent. */
  readonly untilAtMs: number | null;
  /** Number of actors that are not part of the deadlock but blocked by it. */
  readonly blocked: number;
  /** One-line description of the deadlock. */
  readonly text: string;
}

/** A handler or hook that has been running for longer than its type allows. */
export interface StuckHandler {
  readonly id: string;
  readonly type: string;
  readonly busy: BusyRow;
  readonly limitMs: number;
  readonly cause: StuckCause;
  /** Ids along the waits, from this actor to the one that causes the delay. */
  readonly chain: readonly string[];
  /** One-sentence description that ends with the root cause. */
  readonly text: string;
}

/** Something that needs attention. */
export interface MonitorWarning {
  readonly kind: WarningKind;
  /** The actor type concerned; `null` for the process. */
  readonly type: string | null;
  readonly raisedAtMs: number;
  /** One-sentence description of the problem. */
  readonly text: string;
  /** Recommended action. */
  readonly advice: string;
}

/** A message that reached no handler, without its arguments. */
export interface DeadLetterRow {
  readonly actorId: string;
  readonly actorType: string;
  readonly messageType: string;
  readonly kind: MessageKind;
  readonly reason: string;
  readonly senderId: string | null;
  readonly traceId: string | null;
}

export interface EventLoopRow {
  /** Share of the time since the previous snapshot in which the event loop was active, 0 to 1. */
  readonly utilization: number;
  /** The latest time it was found to be blocked; `null` when it never was. */
  readonly blocked: {
    readonly atMs: number;
    readonly durationMs: number;
    /** The actor whose handler blocked it; `null` when that is not known. */
    readonly actorId: string | null;
    readonly messageType: string | null;
  } | null;
}

/** The state of a system, either complete or as changes since an earlier snapshot. */
export interface Snapshot {
  readonly version: typeof WIRE_VERSION;
  /**
   * Incremented with each snapshot, and higher than in earlier runs of the process. Pass it to request later
   * changes.
   */
  readonly sequence: number;
  /** The sequence that the changes start from; `null` when the snapshot is complete. */
  readonly since: number | null;
  readonly capturedAtMs: number;
  readonly uptimeMs: number;
  readonly system: { readonly name: string; readonly pid: number; readonly closing: boolean };
  readonly totals: TotalsRow;
  /** All actors, or those that have changed, parents first. Ended actors remain for the grave window. */
  readonly actors: readonly ActorRow[];
  /** Ids of actors that are no longer included. */
  readonly removed: readonly string[];
  readonly types: readonly TypeRow[];
  readonly deadlocks: readonly Deadlock[];
  readonly stuck: readonly StuckHandler[];
  readonly warnings: readonly MonitorWarning[];
  /** The latest dead letters, oldest first, or those added since `since`. At most 100. */
  readonly deadLetters: readonly DeadLetterRow[];
  readonly eventLoop: EventLoopRow;
}
