import type {
  ActorState,
  AwakeReason,
  Outcome,
  StartupOwner,
  StartupPhase,
} from "../telemetry/attributes.ts";
import type { KeyPlacement } from "./cluster.ts";

/*
 * Keyed actors for viewers, awake or asleep: plain JSON data as in `snapshot` and `answers`. The text of a key is its
 * parts, joined by `,`, with `~`, `/` and `,` within a part written as `~0`, `~1` and `~2`. The id of a key is its type
 * and its text: `room/lobby,de`.
 */

/** One reason why an actor is awake. */
export interface AwakeRow {
  /** The reason. */
  readonly reason: AwakeReason;
  /** How many of it there are. */
  readonly count: number;
  /** Since when the oldest of them holds; `null` when that is not recorded. */
  readonly sinceAtMs: number | null;
  /** What exactly it is, such as the kind of a task; `null` without more to say. */
  readonly detail: string | null;
}

/** What a snapshot says of a keyed actor in addition to other actors. */
export interface KeyedRow {
  /** Text of the key. */
  readonly key: string;
  /**
   * Number of the activation. An actor that goes to sleep and the next one of the same key may both be in a snapshot;
   * their generations differ. `null` until its record has been loaded.
   */
  readonly generation: number | null;
  /** All reasons why it is awake; empty when it is idle. */
  readonly awake: readonly AwakeRow[];
  /** Open connections of clients; omitted when there are none. */
  readonly connections?: number;
}

/** One step of a start. Steps that did not run are not there. */
export interface StartupPhaseRow {
  /** Which step. */
  readonly phase: StartupPhase;
  /** Whose code it ran. */
  readonly owner: StartupOwner;
  /** Time from the request to wake the actor to the beginning of the step. */
  readonly startMs: number;
  /** How long it took. */
  readonly durationMs: number;
  /** How it ended. */
  readonly outcome: Outcome;
}

/** The start of an activation. */
export interface StartupRow {
  /** Number of the activation. */
  readonly generation: number;
  /** When the actor was asked to wake. */
  readonly requestedAtMs: number;
  /** From then until it handled messages, until its start had failed, or until now. */
  readonly durationMs: number;
  /** Whether the actor was created. */
  readonly isNew: boolean;
  /** How it ended; `null` while it is running. */
  readonly outcome: Outcome | null;
  /** `error.type` of the failure; `null` without one. */
  readonly errorType: string | null;
  /** Calls to the store that it waited for. */
  readonly roundTrips: number;
  /** Trace of the call that woke it; `null` without one. */
  readonly traceId: string | null;
  /** Its steps in order. */
  readonly phases: readonly StartupPhaseRow[];
}

/** A type of keyed actors. */
export interface KeyedTypeRow {
  /** Name of the system. */
  readonly system: string;
  /** Name of the type. */
  readonly type: string;
  /** Whether the system defines it. Otherwise there are only stored actors of it. */
  readonly defined: boolean;
  /** Actors in memory, starting and ending included. */
  readonly awake: number;
  /** Stored actors that are not in memory. */
  readonly asleep: number;
  /** Whether `asleep` is only a lower bound, because counting stops at a limit. */
  readonly more: boolean;
}

/** Element of the response of `GET /api/keys`: one stored key. */
export interface KeyListRow {
  /** Name of the system. */
  readonly system: string;
  /** Id of the key: type and text. */
  readonly id: string;
  /** Type of the actor. */
  readonly type: string;
  /** The parts of the key. */
  readonly key: readonly string[];
  /** Whether the actor is in memory, of whatever node of a cluster. */
  readonly awake: boolean;
  /** Number of its activations so far. */
  readonly generation: number;
  /** When it was last created, woken or put to sleep. */
  readonly usedAtMs: number;
  /** Size of its stored state. */
  readonly stateBytes: number;
  /** Number of its schedules. */
  readonly schedules: number;
  /** Number of messages in its queues, without those that were set aside. */
  readonly queued: number;
  /** The runner of the cluster that has the actor; omitted without a cluster, and while none has. */
  readonly runnerId?: string;
}

/** Response of `GET /api/keys`: a page of stored keys in order. Reading it wakes nothing. */
export interface KeyList {
  /** The keys of the page. */
  readonly keys: readonly KeyListRow[];
  /** Where the next page begins; `null` on the last page. A page with a cursor may be empty. */
  readonly cursor: string | null;
}

/** A run of a schedule that has ended. */
export interface ScheduleRunRow {
  /** When it ended. */
  readonly atMs: number;
  /** How it ended: a `ScheduleOutcome` of `limelight`. */
  readonly outcome: string;
  /** Code or class of the error; `null` without one. */
  readonly errorType: string | null;
}

/** A stored schedule, without the arguments of its message. */
export interface ScheduleRow {
  /** Id of the schedule. */
  readonly id: string;
  /** The message that it sends. */
  readonly messageType: string;
  /** When it is due. */
  readonly dueAtMs: number;
  /** Expression of a cron schedule; `null` for one that fires once. */
  readonly cron: string | null;
  /** Time zone of the expression; `null` without one. */
  readonly timeZone: string | null;
  /** Failed runs since the last one that succeeded. */
  readonly attempts: number;
  /** The last runs, newest last. */
  readonly runs: readonly ScheduleRunRow[];
}

/** A message of a queue, without its body. */
export interface QueuedRow {
  /** Id of the message. */
  readonly id: string;
  /** When it was sent. */
  readonly sentAtMs: number;
  /** How often it was handed out. */
  readonly attempt: number;
  /** Before when it is not handed out again; `null` when it may be at once. */
  readonly notBeforeMs: number | null;
}

/** A message that was set aside after its last attempt. */
export interface SetAsideRow {
  /** Id of the message. */
  readonly id: string;
  /** When it was sent. */
  readonly sentAtMs: number;
  /** How often it was handed out. */
  readonly attempt: number;
  /** Code or class of the last error; `null` without one. */
  readonly errorType: string | null;
}

/** A queue of a key. */
export interface QueueRow {
  /** Name of the queue. */
  readonly name: string;
  /** The oldest messages, oldest first. */
  readonly head: readonly QueuedRow[];
  /** Whether there are more messages than in `head`. */
  readonly more: boolean;
  /** Messages that were set aside, oldest first. */
  readonly setAside: readonly SetAsideRow[];
  /** Whether more messages were set aside than in `setAside`. */
  readonly moreSetAside: boolean;
}

/** Response of `GET /api/keys/:id`: what is stored of one key, and its actor if that is awake. Reading it wakes nothing. */
export interface KeyDetail {
  /** The key's row of the list. */
  readonly key: KeyListRow;
  /** Where the actor is in its cluster; omitted without a cluster, and when it was not placed for long. */
  readonly placement?: KeyPlacement;
  /** Version of the stored state. */
  readonly version: number;
  /** When the actor was created. */
  readonly createdAtMs: number;
  /** When it is removed if it is not used before; `null` when it does not expire. */
  readonly expiresAtMs: number | null;
  /** The actor, if it is awake; `null` while it sleeps. */
  readonly actor: {
    readonly id: string;
    readonly state: ActorState | "stopped";
    readonly generation: number;
    /** All reasons why it is awake; empty when it is idle. */
    readonly awake: readonly AwakeRow[];
    /** When it goes to sleep unless something happens before; `null` while something keeps it awake. */
    readonly sleepsAtMs: number | null;
  } | null;
  /** Its last start in this process; `null` when there was none, or when it is no longer known. */
  readonly start: StartupRow | null;
  /** Its schedules, the next one first. */
  readonly schedules: readonly ScheduleRow[];
  /** Whether there are more schedules. */
  readonly moreSchedules: boolean;
  /** Its queues that hold messages, by name. */
  readonly queues: readonly QueueRow[];
  /** The stored state, with secrets redacted; omitted unless the console's `showState` is set. */
  readonly state?: unknown;
}

/** A connection of a client to a keyed actor, without its params and its state. */
export interface ConnectionRow {
  /** Id of the connection. */
  readonly id: string;
  /** Id of its caller, with secrets redacted; `null` without one, and unless the gateway has `logCallers`. */
  readonly callerId: string | null;
  /** When it was opened. */
  readonly openedAtMs: number;
  /** When anything was last received on its socket, pings included; `null` when that is not known. */
  readonly receivedAtMs: number | null;
  /** Whether its client was connected before and has asked for the events since. */
  readonly resumed: boolean;
  /** Events that it has subscribed to, in alphabetical order. */
  readonly events: readonly string[];
  /** Events that were sent to its client; `null` when that is not known. */
  readonly sent: number | null;
  /** Events that were left out because its client is slow; `null` when that is not known. */
  readonly dropped: number | null;
  /** Bytes that its socket has not sent yet, which may be of other connections; `null` when that is not known. */
  readonly bufferedBytes: number | null;
}

/** Response of `GET /api/connections/:id`: the connections of a key. Reading it wakes nothing. */
export interface ConnectionList {
  /** Number of connections, also of those that are not listed. */
  readonly total: number;
  /** The oldest ones, oldest first. */
  readonly connections: readonly ConnectionRow[];
}

/** Body of `POST /api/actions` for a key. `id` is that of the key; without `system`, the first one that has it is used. */
export type KeyAction = { readonly id: string; readonly system?: string } & (
  | { readonly action: "wake" | "sleep" | "destroy" }
  | { readonly action: "cancel_schedule" | "run_schedule"; readonly scheduleId: string }
  | { readonly action: "requeue"; readonly queue: string; readonly messageId: string }
  | { readonly action: "close_connection"; readonly connectionId: string }
);

/** Response of `POST /api/actions` for a key. */
export interface KeyActionResult {
  /** The action that was requested. */
  readonly action: KeyAction["action"];
  /** Id of the key. */
  readonly id: string;
  /** Whether the actor is in memory directly after the action. */
  readonly awake: boolean;
}

/** Returns the id of a key from its type and text. */
export function keyIdOf(type: string, text: string): string {
  return `${type}/${text}`;
}
