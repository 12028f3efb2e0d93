import type {
  ActorState,
  AwakeReason,
  DeadlockKind,
  MessageKind,
  StopReason,
} from "../telemetry/attributes.ts";
import type { KeyedRow } from "./keys.ts";
import type { ActorPart, BusyPhase, StuckCause, WaitKind, WarningKind } from "./snapshot-kinds.ts";

export { AwakeReason } from "../telemetry/attributes.ts";
export { ActorPart, BusyPhase, StuckCause, WaitKind, WarningKind } from "./snapshot-kinds.ts";

/*
 * Plain JSON data for viewers in any process. Timestamps end in `AtMs` and are milliseconds since the epoch on
 * the source's clock; durations end in `Ms`. Counters only increase: rates follow from two snapshots.
 */

/** Version of the shape of {@link Snapshot}. It is incremented when a field changes or is removed. */
export const WIRE_VERSION = 2;

/** One thing that an actor waits for. An actor may wait for several at once. */
export interface WaitRow {
  /** What the actor waits for. */
  readonly kind: WaitKind;
  /** The part of the actor that waits. Tasks wait independently of handlers. */
  readonly part: ActorPart;
  /** Id of the actor that it waits for. */
  readonly targetId: string;
  /** Type of that actor. */
  readonly targetType: string;
  /** The message asked or sent; `null` for starts, ends and tasks. */
  readonly messageType: string | null;
  /** Start of the wait, to within 20 ms. */
  readonly sinceAtMs: number;
  /** When the wait times out at the latest; `null` when it has no timeout. */
  readonly untilAtMs: number | null;
  /** Trace in which it waits; `null` without one. */
  readonly traceId: string | null;
}

/** The message that an actor is handling, or the hook that is running. */
export interface BusyRow {
  /** Whether a handler or a hook is running. */
  readonly phase: BusyPhase;
  /** `null` in a hook. */
  readonly messageType: string | null;
  /** How the message was sent; `null` in a hook. */
  readonly kind: MessageKind | null;
  /** Latest possible start. For messages that are not timed, it is when the monitor first observed them. */
  readonly sinceAtMs: number;
  /** Trace of the message; `null` without one. */
  readonly traceId: string | null;
}

/** State of a mailbox. */
export interface MailboxRow {
  /** Messages that wait. */
  readonly depth: number;
  /** Maximum number of waiting messages. */
  readonly limit: number;
  /** Latest possible time at which the oldest waiting message was sent; `null` when the mailbox is empty. */
  readonly oldestSentAtMs: number | null;
  /** Senders that wait for space. */
  readonly waitingSenders: number;
}

/** Supervision of an actor, and its ties to others. */
export interface SupervisionRow {
  /** Which children restart when one of them fails; `null` when the actor has no children. */
  readonly strategy: string | null;
  /** After which failures the actor restarts: a {@link RestartPolicy}. */
  readonly policy: string;
  /** Maximum number of restarts within the window. */
  readonly maxRestarts: number;
  /** Length of the sliding window. */
  readonly windowMs: number;
  /** Restarts so far. */
  readonly restarts: number;
  /** Whether its restart is delayed by a back-off. */
  readonly backingOff: boolean;
  /** Ids of the actors that it is linked with. */
  readonly links: readonly string[];
  /** Ids of the actors that it watches. */
  readonly watches: readonly string[];
}

/** One actor. */
export interface ActorRow {
  /** Unique id of the actor. */
  readonly id: string;
  /** Sequential number of the actor within its process, in order of creation. Rows are sorted by it. */
  readonly number: number;
  /** The name given to `defineActor`. */
  readonly type: string;
  /** The name given to `spawn`; `null` without one. */
  readonly name: string | null;
  /** Id of its parent; `null` for top-level actors. */
  readonly parentId: string | null;
  /** Lifecycle state. */
  readonly state: ActorState | "stopped";
  /** What the actor is doing; `idle` when it only waits for messages. */
  readonly awakeReason: AwakeReason;
  /** 1 for the first life, incremented with each restart. */
  readonly life: number;
  /** To within 250 ms; less precise for actors that have existed for long. */
  readonly spawnedAtMs: number;
  /** State of its mailbox. */
  readonly mailbox: MailboxRow;
  /** Messages taken from the mailbox since the actor was created. */
  readonly messagesTaken: number;
  /** The message or hook that is running; `null` between messages. */
  readonly busy: BusyRow | null;
  /** What the actor waits for; empty when it waits for no actor. */
  readonly waits: readonly WaitRow[];
  /** Its running tasks. */
  readonly tasks: readonly { readonly kind: string; readonly sinceAtMs: number }[];
  /** Number of pending timers. */
  readonly timers: number;
  /** Number of children. */
  readonly children: number;
  /** Its restart limits, and its ties to other actors. */
  readonly supervision: SupervisionRow;
  /** `error.type` of the latest failure. */
  readonly lastError: string | null;
  /** When and why it ended; `null` while it is alive. */
  readonly stopped: { readonly atMs: number; readonly reason: StopReason } | null;
  /** Key, generation and what keeps it awake; omitted for actors without a key. */
  readonly keyed?: KeyedRow;
}

/** Durations of a series in milliseconds. Percentiles are estimated from the histogram's buckets. */
export interface DurationRow {
  /** Number of durations. */
  readonly count: number;
  /** The mean duration. */
  readonly meanMs: number;
  /** The median. */
  readonly p50Ms: number;
  /** The 90th percentile. */
  readonly p90Ms: number;
  /** The 99th percentile. */
  readonly p99Ms: number;
  /** The longest duration. */
  readonly maxMs: number;
}

/** One message of one actor type and one kind of sending. */
export interface MessageRow {
  /** Name of the message. */
  readonly messageType: string;
  /** How the messages were sent: a {@link MessageKind}. */
  readonly kind: string;
  /** Messages sent. */
  readonly sent: number;
  /** Messages whose handler has ended. */
  readonly handled: number;
  /** Messages whose handler threw or rejected. */
  readonly failed: number;
  /** Time in the mailbox; `null` before the first message. */
  readonly wait: DurationRow | null;
  /** Time in the handler, awaits included; `null` before the first message. */
  readonly process: DurationRow | null;
}

/** All actors of one type. Counts by message are kept by type, so that their number stays bounded. */
export interface TypeRow {
  /** The name given to `defineActor`. */
  readonly type: string;
  /** Actors alive now. */
  readonly active: number;
  /** Actors started; a restart does not count. */
  readonly started: number;
  /** Actors that have ended; a restart does not count. */
  readonly stopped: number;
  /** Messages in mailboxes. */
  readonly mailboxDepth: number;
  /** Tasks running now. */
  readonly tasks: number;
  /** Failures that supervision answered. */
  readonly failures: number;
  /** Restarts after a failure. */
  readonly restarts: number;
  /** Messages that a full mailbox refused. */
  readonly rejected: number;
  /** Messages that reached no handler. */
  readonly deadLetters: number;
  /** Asks to this type that have timed out. */
  readonly askTimeouts: number;
  /** Round trip of asks to this type; `null` before the first. */
  readonly asks: DurationRow | null;
  /** 95th percentile of the time its messages spent in mailboxes, estimated as in {@link DurationRow}. */
  readonly waitP95Ms?: number | null;
  /** Counts and durations by message. */
  readonly messages: readonly MessageRow[];
}

/** Counts of the whole system. They are not affected by the end of an actor. */
export interface TotalsRow {
  /** Actors alive now. */
  readonly active: number;
  /** Actors started; a restart does not count. */
  readonly started: number;
  /** Actors that have ended; a restart does not count. */
  readonly stopped: number;
  /** Messages sent. */
  readonly sent: number;
  /** Messages whose handler has ended. */
  readonly handled: number;
  /** Messages in mailboxes. */
  readonly waiting: number;
  /** Messages whose asynchronous handler has not settled yet. */
  readonly processing: number;
  /** Messages that a full mailbox refused. */
  readonly rejected: number;
  /** Messages that reached no handler. */
  readonly deadLetters: number;
  /** Failures that supervision answered. */
  readonly failures: number;
  /** Restarts after a failure. */
  readonly restarts: number;
  /** Deadlocks that have formed. */
  readonly deadlocks: number;
}

/** An actor that is part of a deadlock. */
export interface DeadlockMember {
  /** Id of the actor. */
  readonly id: string;
  /** Type of the actor. */
  readonly type: string;
  /** The part of the actor that waits. */
  readonly part: ActorPart;
  /** The message that it is handling; `null` in a hook or task. */
  readonly messageType: string | null;
  /** Its waits for other members. */
  readonly waits: readonly WaitRow[];
}

/** Actors that wait for each other. None of them can continue unless a wait is abandoned. */
export interface Deadlock {
  /** Unique within the process; also in the log lines of the deadlock. */
  readonly id: string;
  /** What its members wait for. */
  readonly kind: DeadlockKind;
  /** Sorted so that each member waits for the next one, as far as the deadlock is a single cycle. */
  readonly members: readonly DeadlockMember[];
  /** When the monitor found it. */
  readonly detectedAtMs: number;
  /** When the first timeout ends the deadlock; `null` when it is permanent. */
  readonly untilAtMs: number | null;
  /** Number of actors that are not part of the deadlock but blocked by it. */
  readonly blocked: number;
  /** One-line description of the deadlock. */
  readonly text: string;
}

/** A handler or hook that has been running for longer than its type allows. */
export interface StuckHandler {
  /** Id of the actor. */
  readonly id: string;
  /** Type of the actor. */
  readonly type: string;
  /** The handler or hook. */
  readonly busy: BusyRow;
  /** The `stuckAfterMs` of its type. */
  readonly limitMs: number;
  /** Why it is still running. */
  readonly cause: StuckCause;
  /** Ids along the waits, from this actor to the one that causes the delay. */
  readonly chain: readonly string[];
  /** One-sentence description that ends with the root cause. */
  readonly text: string;
}

/** Something that needs attention. */
export interface MonitorWarning {
  /** Kind of the warning. */
  readonly kind: WarningKind;
  /** The actor type concerned; `null` for the process. */
  readonly type: string | null;
  /** When it was raised. */
  readonly raisedAtMs: number;
  /** One-sentence description of the problem. */
  readonly text: string;
  /** Recommended action. */
  readonly advice: string;
}

/** A message that reached no handler, without its arguments. */
export interface DeadLetterRow {
  /** Id of the actor that the message was sent to. */
  readonly actorId: string;
  /** Type of that actor. */
  readonly actorType: string;
  /** Name of the message. */
  readonly messageType: string;
  /** How the message was sent. */
  readonly kind: MessageKind;
  /** Why it reached no handler: a {@link DeadLetterReason}. */
  readonly reason: string;
  /** Id of the sending actor; `null` when no actor sent it, or when it is not known. */
  readonly senderId: string | null;
  /** Trace of the sender; `null` without one. */
  readonly traceId: string | null;
}

/** Load of the event loop. */
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
  /** Version of the shape. */
  readonly version: typeof WIRE_VERSION;
  /** Incremented with each snapshot, across runs of the process. Pass it to request later changes. */
  readonly sequence: number;
  /** The sequence that the changes start from; `null` when the snapshot is complete. */
  readonly since: number | null;
  /** When the snapshot was taken. */
  readonly capturedAtMs: number;
  /** Time since the system was created. */
  readonly uptimeMs: number;
  /** The system and its process; `closing` from `shutdown()` on. */
  readonly system: { readonly name: string; readonly pid: number; readonly closing: boolean };
  /** Counts of the whole system. */
  readonly totals: TotalsRow;
  /** All actors, or those that have changed, parents first. Ended actors remain for the grave window. */
  readonly actors: readonly ActorRow[];
  /** Ids of actors that are no longer included. */
  readonly removed: readonly string[];
  /** Counts by actor type; with `since` only types that have changed. */
  readonly types: readonly TypeRow[];
  /** Current deadlocks. */
  readonly deadlocks: readonly Deadlock[];
  /** Handlers and hooks that are stuck now. */
  readonly stuck: readonly StuckHandler[];
  /** Warnings whose condition holds now. */
  readonly warnings: readonly MonitorWarning[];
  /** The latest dead letters, oldest first, or those added since `since`. At most 100. */
  readonly deadLetters: readonly DeadLetterRow[];
  /** Load of the event loop. */
  readonly eventLoop: EventLoopRow;
}
