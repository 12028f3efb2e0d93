import type { DueEntry, Owner } from "../../activation/records/record-keys.ts";
import type { StopReason } from "../../telemetry/attributes.ts";

/** How a start has ended. */
export type StartOutcome =
  /** The actor runs. What was sent to it meanwhile is in its mailbox. */
  | { readonly outcome: "started" }
  /** Another activation has claimed the key with the same or a later generation. No code of the actor has run. */
  | { readonly outcome: "stale"; readonly foundGeneration: number }
  /** There is no such actor, and it was to be started only if it exists. */
  | { readonly outcome: "absent" }
  /** Its state, a hook or the store has failed. */
  | { readonly outcome: "failed"; readonly error: Error }
  /** Its end was requested before it ran. */
  | { readonly outcome: "ended"; readonly reason: StopReason }
  /** The system has no such type (yet), is shut down, or too many keys wait for room. */
  | { readonly outcome: "refused"; readonly why: "unknown_type" | "shut_down" | "full" };

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

/** The keyed actors of one process, as its runner uses them. */
export interface ActorHost {
  /**
   * Starts an activation. Resolves when the start has ended; never rejects. The key is claimed before any code of the actor
   * runs. An older activation of it that is still here is fenced.
   */
  start(
    owner: Owner,
    order: { readonly generation: number; readonly input?: unknown },
  ): Promise<StartOutcome>;
  /** Ends an activation in order; after `deadlineMs` it is fenced. Resolves when it has ended. */
  stop(owner: Owner, reason: StopReason, deadlineMs: number): Promise<void>;
  /** Ends an activation at once. It writes nothing further. */
  fence(owner: Owner): void;
  /** Fences all activations: this process may no longer run any. */
  fenceAll(): void;
  /** Names of the types that can be run here. */
  types(): Iterable<string>;
  /** Performs an operation on a key that is awake here. */
  perform(owner: Owner, operation: "sleep" | "kill" | "destroy" | "wake"): Promise<unknown>;
  /** Gives a due entry to the actor, which is awake here. Rejects with `ERR_NOT_OWNER` otherwise. */
  fire(entry: DueEntry): Promise<void>;
  /** There is one listener. */
  listen(listener: HostListener): void;
}
