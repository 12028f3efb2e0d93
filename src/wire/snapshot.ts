import type {
  ActorState,
  AwakeReason,
  DeadlockKind,
  MessageKind,
  StopReason,
} from "../telemetry/attributes.ts";

export { AwakeReason } from "../telemetry/attributes.ts";

/*
 * What the monitor hands out: plain JSON data, for viewers in this process or another. Moments are
 * milliseconds since the epoch on the source's clock and end in `AtMs`; durations end in `Ms`. Counters
 * only grow: a viewer makes rates of two snapshots, by the source's `capturedAtMs`.
 */

/** Version of the shapes below; it grows when a field changes or goes. */
export const WIRE_VERSION = 2;

/** What an actor waits for. */
export const WaitKind = {
  /** The reply to an ask. */
  Ask: "ask",
  /** Room in a full mailbox. */
  Mailbox: "mailbox",
  /** Until an actor runs: `ref.whenReady()`. */
  Start: "start",
  /** An actor's end: `ref.stop()`, `ref.whenStopped()`, or of its children when it ends or restarts itself. */
  Stop: "stop",
  /** The end of a task. */
  Task: "task",
} as const;
export type WaitKind = (typeof WaitKind)[keyof typeof WaitKind];

/** Which code of an actor is meant. */
export const ActorPart = { Handler: "handler", Hook: "hook", Task: "task" } as const;
export type ActorPart = (typeof ActorPart)[keyof typeof ActorPart];

/** What an actor is in the middle of. */
export const BusyPhase = {
  Handler: "handler",
  Start: "start",
  Stop: "stop",
  Restart: "restart",
} as const;
export type BusyPhase = (typeof BusyPhase)[keyof typeof BusyPhase];

/** Why a handler or hook does not come to its end. */
export const StuckCause = {
  /** The event loop was blocked: nothing could go on. */
  EventLoop: "event_loop",
  /** It waits for an actor, which works or waits in its turn. */
  Actor: "actor",
  /** It waits, perhaps through others, for a deadlock. */
  Deadlock: "deadlock",
  /** It awaits something that is no actor's. */
  OtherIo: "other_io",
} as const;
export type StuckCause = (typeof StuckCause)[keyof typeof StuckCause];

/** What the monitor warns of. */
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

/** One thing an actor waits for; it may wait for several at once. */
export interface WaitRow {
  readonly kind: WaitKind;
  /** Whose code waits: a task waits beside the handlers. */
  readonly part: ActorPart;
  readonly targetId: string;
  readonly targetType: string;
  /** The message asked or sent; `null` for starts, ends and tasks. */
  readonly messageType: string | null;
  /** To within 20 ms. */
  readonly sinceAtMs: number;
  /** When a time-out ends it at the latest; `null` when none does. */
  readonly untilAtMs: number | null;
  readonly traceId: string | null;
}

/** What an actor is handling, or which hook runs. */
export interface BusyRow {
  readonly phase: BusyPhase;
  /** `null` in a hook. */
  readonly messageType: string | null;
  readonly kind: MessageKind | null;
  /** At the latest then: where messages are not timed it is when the monitor first saw it. */
  readonly sinceAtMs: number;
  readonly traceId: string | null;
}

export interface MailboxRow {
  readonly depth: number;
  readonly limit: number;
  /** When the oldest message was sent, at the latest; `null` when none waits. */
  readonly oldestSentAtMs: number | null;
  /** Senders that wait for room. */
  readonly waitingSenders: number;
}

export interface SupervisionRow {
  /** Which children restart when one does; `null` of an actor that has none. */
  readonly strategy: string | null;
  readonly policy: string;
  readonly maxRestarts: number;
  readonly windowMs: number;
  readonly restarts: number;
  /** Whether its restart has been put off for a while. */
  readonly backingOff: boolean;
  /** Ids of the actors it is linked with, and of those it watches. */
  readonly links: readonly string[];
  readonly watches: readonly string[];
}

/** One actor. */
export interface ActorRow {
  readonly id: string;
  /** Actors of one process are numbered in the order they are created: what they are sorted by. */
  readonly number: number;
  readonly type: string;
  readonly name: string | null;
  readonly parentId: string | null;
  readonly state: ActorState | "stopped";
  readonly awakeReason: AwakeReason;
  /** 1 for the first life, one more with each restart. */
  readonly life: number;
  /** To within a quarter of a second; coarser for old ones. */
  readonly spawnedAtMs: number;
  readonly mailbox: MailboxRow;
  /** Messages taken from the mailbox so far. */
  readonly messagesTaken: number;
  readonly busy: BusyRow | null;
  readonly waits: readonly WaitRow[];
  readonly tasks: readonly { readonly kind: string; readonly sinceAtMs: number }[];
  readonly timers: number;
  readonly children: number;
  readonly supervision: SupervisionRow;
  /** The `error.type` of the last failure. */
  readonly lastError: string | null;
  readonly stopped: { readonly atMs: number; readonly reason: StopReason } | null;
}

/** Durations of a series, in milliseconds; percentiles are estimated within the histogram's buckets. */
export interface DurationRow {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** One message of one actor type, sent in one way. */
export interface MessageRow {
  readonly messageType: string;
  readonly kind: string;
  readonly sent: number;
  readonly handled: number;
  readonly failed: number;
  readonly wait: DurationRow | null;
  readonly process: DurationRow | null;
}

/** All actors of one type. Counts by message are kept here, so that they stay bounded. */
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
  /** Of the time all its messages waited in mailboxes, estimated as in {@link DurationRow}. */
  readonly waitP95Ms?: number | null;
  readonly messages: readonly MessageRow[];
}

/** Counts of the whole system, which the end of an actor does not change. */
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

/** An actor that waits in a deadlock. */
export interface DeadlockMember {
  readonly id: string;
  readonly type: string;
  readonly part: ActorPart;
  /** What it is handling; `null` in a hook or task. */
  readonly messageType: string | null;
  /** Its waits that lead to other members. */
  readonly waits: readonly WaitRow[];
}

/** Actors that wait for each other: none of them can go on unless a wait is given up. */
export interface Deadlock {
  readonly id: string;
  readonly kind: DeadlockKind;
  /** In the order they wait for each other, as far as it is a single cycle. */
  readonly members: readonly DeadlockMember[];
  readonly detectedAtMs: number;
  /** When the first time-out breaks it; `null` when it is permanent. */
  readonly untilAtMs: number | null;
  /** Actors outside of it that cannot go on because of it. */
  readonly blocked: number;
  /** The same in one line. */
  readonly text: string;
}

/** A handler or hook that has run longer than its type allows. */
export interface StuckHandler {
  readonly id: string;
  readonly type: string;
  readonly busy: BusyRow;
  readonly limitMs: number;
  readonly cause: StuckCause;
  /** Ids along the waits, from this actor to the one at the root. */
  readonly chain: readonly string[];
  /** What it is about in a sentence, the root cause at its end. */
  readonly text: string;
}

/** Something that needs attention. */
export interface MonitorWarning {
  readonly kind: WarningKind;
  /** The actor type it is about; `null` for the process. */
  readonly type: string | null;
  readonly raisedAtMs: number;
  /** What is the matter, in a sentence. */
  readonly text: string;
  /** What to do. */
  readonly advice: string;
}

/** A message that reached no handler; never its arguments. */
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
  /** Share of the time it worked since the snapshot before, 0 to 1. */
  readonly utilization: number;
  /** The last time it was blocked; `null` when it was not noticed to be. */
  readonly blocked: {
    readonly atMs: number;
    readonly durationMs: number;
    /** The actor whose handler did it, where that is known. */
    readonly actorId: string | null;
    readonly messageType: string | null;
  } | null;
}

/** The state of a system, whole or what has changed since an earlier one. */
export interface Snapshot {
  readonly version: typeof WIRE_VERSION;
  /** Grows with each snapshot, also over restarts of the process; ask for changes since it. */
  readonly sequence: number;
  /** The sequence the changes are since; `null` when `actors` are all there are. */
  readonly since: number | null;
  readonly capturedAtMs: number;
  readonly uptimeMs: number;
  readonly system: { readonly name: string; readonly pid: number; readonly closing: boolean };
  readonly totals: TotalsRow;
  /** All actors, parents first; or those that have changed. The dead stay for the grave window. */
  readonly actors: readonly ActorRow[];
  /** Ids of actors that are no longer shown. */
  readonly removed: readonly string[];
  readonly types: readonly TypeRow[];
  readonly deadlocks: readonly Deadlock[];
  readonly stuck: readonly StuckHandler[];
  readonly warnings: readonly MonitorWarning[];
  /** The last ones, oldest first; in a snapshot of changes those since. At most 100. */
  readonly deadLetters: readonly DeadLetterRow[];
  readonly eventLoop: EventLoopRow;
}
