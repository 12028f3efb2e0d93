import type { ProtocolRange } from "./versions.ts";

/**
 * State of a runner, as written by itself (`ready`, `draining`, `left`) or by the coordinator (`lost`).
 *
 * @enum
 */
export const RunnerStatus = {
  /** It has joined, and cannot take placements yet or any more (C6). */
  Joining: "joining",
  Ready: "ready",
  Draining: "draining",
  Left: "left",
  Lost: "lost",
} as const;
export type RunnerStatus = (typeof RunnerStatus)[keyof typeof RunnerStatus];

/** JSON that users give to a runner; its labels are matched by the eligibility of types. */
export type RunnerMetadata = Readonly<Record<string, unknown>>;

/** A keyed type that a runner defines. */
export interface ServedType {
  readonly name: string;
  /** Labels that a runner must have to be given actors of the type. Default: none. */
  readonly requires?: Readonly<Record<string, string>>;
  /** Whether a running actor may be moved to even out the load. Default: yes. */
  readonly movable?: boolean;
}

/** A process of the cluster. Key: its id. Client-only processes have none. */
export interface RunnerRecord {
  readonly version: 1;
  /** `<name>-<random>`: new at each start of a process. */
  readonly runnerId: string;
  /** Given by the user, or derived from the host; the same after a restart. */
  readonly name: string;
  readonly status: RunnerStatus;
  /** Versions of the protocol that it speaks. */
  readonly protocol: ProtocolRange;
  /** Keyed types that it defines, sorted by name. */
  readonly types: readonly ServedType[];
  /** Actors that it takes; `undefined`: no limit. */
  readonly capacity: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: RunnerMetadata;
  /** Milliseconds since the epoch, by the clock of the writer. */
  readonly joinedAtMs: number;
  /** When the status was changed: `joinedAtMs` until the runner is ready for the first time. */
  readonly changedAtMs: number;
  /** When everything of a runner that is gone was taken over: its actors and commands. Written by the coordinator. */
  readonly clearedAtMs?: number;
  readonly host: string;
  readonly pid: number;
}

/** What a runner writes into its lease, every `heartbeatMs`. Key: `r.<runner id>`. */
export interface Heartbeat {
  readonly version: 1;
  readonly runnerId: string;
  readonly sequence: number;
  /** Actors in memory. */
  readonly actors: number;
  /** 0 is healthy; each unit is a sign of trouble (C15). */
  readonly healthScore: number;
  readonly atMs: number;
}
