import type { Clock } from "../../base/clock.ts";
import type { Store } from "../../store/contract/store.ts";
import type { Bus } from "./bus.ts";
import type { KeyValue } from "./key-value.ts";
import type { Log } from "./log.ts";

/**
 * What survives of an acknowledged write. `unverified`: the server was not asked, or does not say.
 *
 * @enum
 */
export const Durability = {
  None: "none",
  Process: "process",
  Machine: "machine",
  Unverified: "unverified",
} as const;
export type Durability = (typeof Durability)[keyof typeof Durability];

/** What an open engine can do. */
export interface EngineCapabilities {
  /** Name of the engine, such as `nats`. */
  readonly engine: string;
  /** What survives of an acknowledged write. */
  readonly durability: Durability;
  /** Whether other processes can join. */
  readonly isDistributed: boolean;
  /** Version of the server; `undefined` without one. */
  readonly serverVersion: string | undefined;
  /** Copies of each stream; 1 without replication. */
  readonly replicas: number;
  /** Maximum size of a message with its headers, in bytes. */
  readonly maxMessageBytes: number;
}

/** What a node gives an engine when it opens it. */
export interface EngineParts {
  /** The clock of the system. */
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Names this process in the engine's own consumers and inboxes: `[A-Za-z0-9_-]{1,64}`, new at each start. */
  readonly runnerId: string;
  /** How long an entry of `leases` lasts without being written. */
  readonly leaseTtlMs: number;
  /** Called with faults that no call is told of, such as a consumer that had to be renewed. */
  readonly onFault: (fault: EngineFault) => void;
  /** Aborted when the attempt to open is no longer waited for. A session that is opened nevertheless is closed. */
  readonly signal?: AbortSignal;
}

/** A fault of the engine that was answered by it, and is reported. */
export interface EngineFault {
  /** A constant name, such as `consumer_renewed`; used as a value of metrics. */
  readonly kind: string;
  /** What has happened, in a sentence. */
  readonly text: string;
  /** Its cause, if there is one. */
  readonly error: Error | undefined;
}

/** A distributed backend. Given to one system, as the option `engine`. */
export interface Engine {
  /** Such as `nats`. */
  readonly name: string;
  /**
   * Connects, checks the server and creates what is missing.
   *
   * @throws ClusterError `ERR_ENGINE_UNSAFE` for a set-up that may lose or double writes, `ERR_ENGINE_VERSION`,
   *   `ERR_ENGINE_CONFIG` when the server did not apply what was asked for, `ERR_ENGINE_UNAVAILABLE`
   */
  open(parts: EngineParts): Promise<EngineSession>;
}

/** Whether the engine can be reached. */
export interface Connection {
  /** Whether the engine can be reached now. */
  readonly isConnected: boolean;
  /** Calls `listener` at each change. Returns what removes it. */
  onChange(listener: (isConnected: boolean) => void): () => void;
}

/**
 * An open engine. Nothing above it knows which one it is.
 *
 * All calls have deadlines of the engine's own: none waits for ever. Errors are `ClusterError`s; see `outcomes.ts`.
 */
export interface EngineSession {
  /** What the engine can do. */
  readonly capabilities: EngineCapabilities;
  /** Whether the engine can be reached. */
  readonly connection: Connection;
  /** Placement records, by the address of the actor. */
  readonly placements: KeyValue;
  /** Runner records, by the id of the runner. */
  readonly runners: KeyValue;
  /** Entries that vanish `leaseTtlMs` after their last write, by the engine's own clock: heartbeats and the coordinator. */
  readonly leases: KeyValue;
  /** From the coordinator to runners; subjects `<runner>.<address>`. */
  readonly commands: Log;
  /** From runners to the coordinator; subjects `<partition>.<address>`. */
  readonly events: Log;
  /** Messages that could not be handled; subjects `cmd.<address>` and `evt.<address>`. */
  readonly deadLetters: Log;
  /** Messages that are not stored. */
  readonly bus: Bus;
  /** Records of actors. Closed with the session. */
  readonly store: Store;
  /** Ends everything that the session has begun. Later calls return the same promise. */
  close(): Promise<void>;
}
