/*
 * Clusters for viewers: plain JSON data as in `answers`. Any node answers for all of them. The id of a key is that of
 * `keys`: its type and its text.
 */

/** A type of keyed actors that a node runs. */
export interface NodeTypeRow {
  /** Name of the type. */
  readonly type: string;
  /** Its actors in memory of the node; `null` when the node does not answer. */
  readonly actors: number | null;
}

/** A runner that is given actors only if no other can take them. */
export interface EvictionRow {
  /** Why: a value of `cluster.eviction.reason`. */
  readonly reason: string;
  /** Since when, by the clock of the coordinator. */
  readonly sinceAtMs: number;
}

/** A process of a cluster. */
export interface ClusterNodeRow {
  /** Id of the process, new at each start. */
  readonly id: string;
  /** Its name, the same after a restart. */
  readonly name: string;
  /** Whether it runs actors, or only calls them. */
  readonly role: "runner" | "client";
  /** State of a runner: `joining`, `ready`, `draining`, `left` or `lost`; `null` of a client. */
  readonly status: string | null;
  /** Whether it is the process that has answered the request. */
  readonly self: boolean;
  /** Whether it holds the lease of the coordinator. */
  readonly coordinator: boolean;
  /** Whether it has answered in time. What it alone knows is `null` otherwise. */
  readonly reachable: boolean;
  /** How long it took to answer; `null` when it did not. */
  readonly answerMs: number | null;
  /** When it was last heard of, as far as the answering node knows: now, or its last answer, heartbeat or change. */
  readonly lastSeenAtMs: number | null;
  /** Time until it fences itself unless a further heartbeat is acknowledged; `null` without a lease, or when unknown. */
  readonly leaseRemainingMs: number | null;
  /** Signs of trouble that it sees in itself, 0 is healthy; `null` when unknown. */
  readonly healthScore: number | null;
  /** Why the coordinator gives it no further actors; `null` when it does, and while no coordinator answers. */
  readonly evicted: EvictionRow | null;
  /** Actors in its memory; of a process that does not answer, as in its last heartbeat; `null` when unknown. */
  readonly actors: number | null;
  /** Actors that it takes; `null`: no limit, or unknown. */
  readonly capacity: number | null;
  /** The types that it defines, by name. */
  readonly types: readonly NodeTypeRow[];
  /** What types may require of it. */
  readonly labels: Readonly<Record<string, string>>;
  /** When it has joined; `null` when unknown. */
  readonly joinedAtMs: number | null;
  /** Name of its host; `null` when unknown. */
  readonly host: string | null;
  /** Id of the process at its host; `null` when unknown. */
  readonly pid: number | null;
  /** Versions of the protocol that it speaks; `null` when unknown. */
  readonly protocol: { readonly min: number; readonly max: number } | null;
}

/** An actor that was placed on another node than before, or that has left one. */
export interface ClusterMoveRow {
  /** Id of the key: type and text. */
  readonly id: string;
  /** The node that had it; `null` if none had. */
  readonly from: string | null;
  /** The node that was given it; `null` while none is. */
  readonly to: string | null;
  /** Number of the activation on the new node. */
  readonly generation: number;
  /** Why: a reason of `cluster.placement.reason`. */
  readonly reason: string;
  /** When it was decided, by the clock of the coordinator. */
  readonly atMs: number;
  /** The coordinator that has decided it. */
  readonly by: string;
}

/** A log of a cluster. */
export interface ClusterLogRow {
  /** `commands`, `events` or `dead_letters`. */
  readonly log: string;
  /** Messages that are stored. */
  readonly messages: number;
  /** When the oldest of them was stored; `null` without one. */
  readonly oldestAtMs: number | null;
}

/** What a coordinator knows. */
export interface CoordinatorRow {
  /** The node; `null` when none says that it is the coordinator. */
  readonly nodeId: string | null;
  /** Number of its term; `null` when unknown. */
  readonly term: number | null;
  /** Placement records by status; `null` when unknown. */
  readonly placements: Readonly<Record<string, number>> | null;
}

/** A cluster, as one of its nodes sees it. */
export interface ClusterRow {
  /** Name of the system. */
  readonly system: string;
  /** Id of the node that has answered. */
  readonly self: string;
  /** What joins the nodes. */
  readonly engine: {
    readonly name: string;
    /** What survives of an acknowledged write: `none`, `process`, `machine` or `unverified`. */
    readonly durability: string;
    readonly serverVersion: string | null;
    readonly replicas: number;
    readonly connected: boolean;
  };
  /** The coordinator. */
  readonly coordinator: CoordinatorRow;
  /** The nodes, those that need attention first. */
  readonly nodes: readonly ClusterNodeRow[];
  /** Whether there are more nodes than in `nodes`. */
  readonly moreNodes: boolean;
  /** The logs; empty when the engine does not answer. */
  readonly logs: readonly ClusterLogRow[];
  /** The last moves, newest first. */
  readonly moves: readonly ClusterMoveRow[];
  /** What could not be read, by its error code; empty when all could. */
  readonly problems: readonly string[];
}

/** Response of `GET /api/cluster`. */
export interface Clusters {
  /** The clusters that systems of the process belong to. */
  readonly clusters: readonly ClusterRow[];
}

/** Where an actor is. */
export interface PlacementRow {
  /** Name of the system. */
  readonly system: string;
  /** Id of the key: type and text. */
  readonly id: string;
  /** Type of the actor. */
  readonly type: string;
  /** `pending`, `starting`, `running`, `stopping`, `asleep`, `backoff` or `failed`. */
  readonly status: string;
  /** The runner that has it; `null` while none has. */
  readonly runnerId: string | null;
  /** Number of the activation. */
  readonly generation: number;
  /** Why it was placed there: a reason of `cluster.placement.reason`. */
  readonly reason: string;
  /** Since when, by the clock of the coordinator. */
  readonly sinceAtMs: number;
  /** Failed starts in a row. */
  readonly attempts: number;
  /** Before when it is not placed again; `null` when it may be at once. */
  readonly notBeforeAtMs: number | null;
}

/** Response of `GET /api/cluster/placements`: a page of placements, in order of their keys. */
export interface PlacementList {
  /** The placements of the page. */
  readonly placements: readonly PlacementRow[];
  /** Where the next page begins; `null` on the last page. */
  readonly cursor: string | null;
}

/** Response of `GET /api/cluster/placements/:id`. */
export interface PlacementDetail {
  /** Where the actor is. */
  readonly placement: PlacementRow;
  /** Commands that may not be in the log of its runner yet. */
  readonly outbox: readonly { readonly kind: string; readonly issuedAtMs: number }[];
  /** Its last moves that nodes remember, newest first. */
  readonly moves: readonly ClusterMoveRow[];
}

/** A command or event that could not be handled, without its body. */
export interface ClusterDeadLetterRow {
  /** Name of the system. */
  readonly system: string;
  /** Number in the log of dead letters. */
  readonly id: string;
  /** The log that it comes from: `commands` or `events`. */
  readonly log: string;
  /** Id of the key that it was about; `null` when that cannot be read. */
  readonly key: string | null;
  /** What it was, such as `signal destroy`; `null` when that cannot be read. */
  readonly what: string | null;
  /** Code of the error. */
  readonly reason: string;
  /** Text of the error. */
  readonly text: string;
  /** How often it was delivered. */
  readonly attempts: number;
  /** When it became a dead letter. */
  readonly storedAtMs: number;
  /** Size of its body. */
  readonly bytes: number;
}

/** Response of `GET /api/cluster/dead-letters`, oldest first. */
export interface ClusterDeadLetters {
  /** The dead letters of the page. */
  readonly deadLetters: readonly ClusterDeadLetterRow[];
  /** Where the next page begins; `null` on the last page. */
  readonly cursor: string | null;
}

/** Body of `POST /api/actions` for a dead letter of a cluster. `id` is its number. */
export interface DeadLetterAction {
  /** Hands it to its log again and deletes it, or only deletes it. */
  readonly action: "resend_dead_letter" | "discard_dead_letter";
  /** Number of the dead letter. */
  readonly id: string;
  /** Name of the system; without it the first one of a cluster. */
  readonly system?: string;
}

/** Response of `POST /api/actions` for a dead letter. */
export interface DeadLetterActionResult {
  /** The action that was carried out. */
  readonly action: DeadLetterAction["action"];
  /** Number of the dead letter. */
  readonly id: string;
}

/** Where a keyed actor of a cluster is, with its row. */
export interface KeyPlacement {
  /** The runner that has it; `null` while none has. */
  readonly runnerId: string | null;
  /** As in {@link PlacementRow}. */
  readonly status: string;
  /** Why it was placed there. */
  readonly reason: string;
  /** Since when, by the clock of the coordinator. */
  readonly sinceAtMs: number;
  /** Whether the runner has answered; what it alone knows is missing otherwise. */
  readonly reachable: boolean;
}
