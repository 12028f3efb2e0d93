import type { StopReason } from "../../telemetry/attributes.ts";
import type { ActorOperation, OperationResults } from "../placement/placement.ts";
import type { DueEntry, Owner } from "../records/record-keys.ts";

/** How a start has ended. */
export type StartOutcome =
  /** The actor runs. What was sent to it meanwhile is in its mailbox. */
  | { readonly outcome: "running" }
  /** Another activation has claimed the key with the same or a later generation. No code of the actor has run. */
  | { readonly outcome: "stale"; readonly storedGeneration: number }
  /** There is no such actor, and it was to be started only if it exists. Its messages were refused. */
  | { readonly outcome: "absent" }
  /** Its state, a hook or the store has failed, and its messages were refused. An actor that was new does not exist. */
  | { readonly outcome: "failed"; readonly error: Error }
  /** Its end was requested before it ran. */
  | { readonly outcome: "ended"; readonly reason: StopReason }
  /** The system has no such type (yet), is shut down, or too many keys wait for room. */
  | { readonly outcome: "refused"; readonly why: "unknown_type" | "shut_down" | "full" };

/** What a start is told. */
export interface StartOrder {
  /** Number of the activation, which no other activation of the key was given. */
  readonly generation: number;
  /** For the state of an actor that does not exist yet. */
  readonly input?: unknown;
  /** Whether the start ends if there is no such actor. Default `false`. */
  readonly mustExist?: boolean;
  /**
   * Resolves with whether the placement still gives the key to this generation. Asked after nothing was found of the actor,
   * and before it is claimed: an old start must not create one anew that a later activation has destroyed. Default: it does.
   */
  readonly isCurrent?: () => Promise<boolean>;
}

/** An activation of this process, until nothing of it can be written any more. */
export interface RunningActor {
  readonly owner: Owner;
  readonly generation: number;
  /** When its start was requested, on the monotonic clock of the system. */
  readonly sinceMs: number;
  /** Whether its end was requested. */
  readonly ending: boolean;
}

/** Gets what happens to the keyed actors of a process. Its methods must not throw. */
export interface HostListener {
  /**
   * An activation has ended, by itself or as it was told to, and writes nothing more. Called once for each start that has
   * not been refused.
   */
  ended(owner: Owner, generation: number, reason: StopReason): void;
  /** The process can run actors of a further type. */
  typeDefined(type: string): void;
}

/** The keyed actors of one process, as its runner in a cluster uses them. */
export interface ActorHost {
  /**
   * Starts an activation, which can be sent messages at once. Resolves when the start has ended; never rejects.
   *
   * The key is claimed before any code of the actor runs. An older activation of it that is still here is fenced.
   */
  start(owner: Owner, order: StartOrder): Promise<StartOutcome>;
  /**
   * Ends an activation in order: after the message being handled, with `onSleep` and the last commit. What waits in its
   * mailbox is handed to the placement. After `deadlineMs`, or after the `stopDeadlineMs` of its definition if that is
   * less, it is fenced. Resolves when it has ended.
   */
  stop(owner: Owner, reason: StopReason, deadlineMs: number): Promise<void>;
  /**
   * Ends an activation at once. It writes nothing further; the outcome of a commit under way decides about its replies.
   * The ask being handled is rejected with `ERR_NOT_OWNER` as handled: what it has done may be stored or not.
   */
  fence(owner: Owner): void;
  /** Fences all activations: this process may no longer run any. */
  fenceAll(): void;
  /** The activations of this process. */
  running(): Iterable<RunningActor>;
  /** Names of the types that can be run here. */
  types(): Iterable<string>;
  /** How long an actor of a type may take to end, if its definition says so. */
  stopLimitMs(type: string): number | undefined;
  /**
   * Performs an operation on a key. For an actor that is not awake here: `sleep` and `kill` do nothing, `destroy` removes
   * what is stored, for which the placement must exclude others, and `wake` rejects with `ERR_NOT_OWNER`.
   */
  perform<Operation extends ActorOperation>(
    owner: Owner,
    operation: Operation,
  ): Promise<OperationResults[Operation]>;
  /** Gives a due entry to the actor, which is awake here. Rejects with `ERR_NOT_OWNER` otherwise. */
  fire(entry: DueEntry): Promise<void>;
  /** Begins to look for due schedules and expired actors of the store. One process at a time should. */
  scan(): void;
  /** Ends that: another process does. */
  endScan(): void;
  /** Another process has stored this due time. */
  noticeDue(dueAtMs: number): void;
  /** There is one listener. */
  listen(listener: HostListener): void;
}
