import type { Owner } from "../../activation/records/record-keys.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import type { SignalName } from "../protocol/commands.ts";

/** How a start has ended. */
export type HostStart =
  | { readonly outcome: "running" }
  /** The store has this generation already, or a higher one. Nothing of the user has run. */
  | { readonly outcome: "stale"; readonly storedGeneration: number }
  /** The type is not defined here. */
  | { readonly outcome: "type_missing" }
  /** `error` says why; its code goes into the event. Nothing runs. */
  | { readonly outcome: "failed"; readonly error: Error }
  /** It was fenced or stopped before it ran. */
  | { readonly outcome: "ended"; readonly reason: StopReason };

/**
 * What a runner runs actors in: the keyed actors of a system, or a model of them in tests. A key is started, and ended,
 * by the runner alone; an actor may also end by itself.
 */
export interface ActorHost {
  /** The keyed types that are defined, by name. */
  types(): Iterable<string>;
  /** Number of actors in memory. */
  readonly size: number;
  /** Starts an actor under a generation, and claims it in the store before code of the user runs. Never rejects. */
  start(
    owner: Owner,
    start: { readonly generation: number; readonly input: unknown; readonly reason: string },
  ): Promise<HostStart>;
  /** Ends an actor in order: hooks run, its last changes are stored. Resolves when it is gone. Never rejects. */
  stop(owner: Owner, reason: StopReason, deadlineMs: number): Promise<void>;
  /** Does what a signal asks of a running actor. Resolves when that is stored or done; rejects if it cannot be done. */
  signal(owner: Owner, signal: SignalName, data: unknown): Promise<void>;
  /** Drops an actor at once: it writes nothing more, and its callers get `ERR_NOT_OWNER` or an unknown outcome. */
  fence(owner: Owner): void;
  /** Calls `listener` when an actor has ended, for whatever reason, and its last write has an outcome. */
  onEnded(listener: (owner: Owner, generation: number, reason: StopReason) => void): void;
  /** Calls `listener` when a keyed type was defined. */
  onTypeDefined(listener: (type: string) => void): void;
}
