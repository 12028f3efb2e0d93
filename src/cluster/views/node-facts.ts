import { EvictionReason } from "../../telemetry/cluster-attributes.ts";
import type { ClusterMoveRow } from "../../wire/cluster.ts";
import { id as isId } from "../codec/fields.ts";
import {
  array,
  finite,
  integer,
  mapOf,
  object,
  oneOf,
  optional,
  orUndefined,
  type Shape,
  text,
  time,
} from "../codec/shape.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { PlacementStatus } from "../protocol/placement-record.ts";
import { RunnerStatus } from "../protocol/runner-record.ts";
import type { ProtocolRange } from "../protocol/versions.ts";

/** What a node says of itself to viewers, at the moment of the question. */
export interface NodeFacts {
  readonly id: string;
  readonly name: string;
  readonly role: "runner" | "client";
  /** State of a runner; `undefined` of a client. */
  readonly status: RunnerStatus | undefined;
  /** `undefined` without a lease. */
  readonly leaseRemainingMs: number | undefined;
  readonly healthScore: number;
  readonly actors: number;
  readonly capacity: number | undefined;
  /** The types that it defines, with their actors in memory. */
  readonly types: readonly { readonly type: string; readonly actors: number }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly joinedAtMs: number;
  readonly host: string;
  readonly pid: number;
  readonly protocol: ProtocolRange;
  /** Only of the node that holds the lease of the coordinator. */
  readonly coordinator?: CoordinatorFacts;
}

/** What the coordinator knows besides. */
export interface CoordinatorFacts {
  readonly term: number;
  /** Placement records by status. */
  readonly placements: Readonly<Partial<Record<PlacementStatus, number>>>;
  /** Runners that are given no further actors, at most {@link MAX_EVICTIONS}. Earlier releases do not tell of them. */
  readonly evictions?: readonly Eviction[];
}

/** A runner that is given actors only if no other can take them. */
export interface Eviction {
  readonly runnerId: string;
  readonly reason: EvictionReason;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** Evictions that one node tells of. */
export const MAX_EVICTIONS = 1_000;

/** Moves that one node tells of at a time. */
export const MAX_MOVES = 50;
/** Key text with its type; keys are at most 2,048 bytes, and escaped. */
const KEY_ID = 6_300;

/** Shape of {@link NodeFacts}. */
export const nodeFacts: Shape<NodeFacts> = object<NodeFacts>({
  id: isId,
  name: isId,
  role: oneOf({ Runner: "runner", Client: "client" } as const),
  status: orUndefined(oneOf(RunnerStatus)),
  leaseRemainingMs: orUndefined(finite(0, Number.MAX_SAFE_INTEGER)),
  healthScore: finite(0, Number.MAX_SAFE_INTEGER),
  actors: integer(0),
  capacity: orUndefined(integer(0)),
  types: array(
    object<{ readonly type: string; readonly actors: number }>({
      type: text(LIMITS.idLength, 1),
      actors: integer(0),
    }),
    LIMITS.types,
  ),
  labels: mapOf(text(LIMITS.labelLength, 1), text(LIMITS.labelLength), LIMITS.labels),
  joinedAtMs: time,
  host: text(LIMITS.labelLength),
  pid: integer(0),
  protocol: object<ProtocolRange>({ min: integer(1), max: integer(1) }),
  coordinator: optional(
    object<CoordinatorFacts>({
      term: integer(0),
      placements: mapOf(text(LIMITS.idLength, 1), integer(0), 16),
      evictions: optional(
        array(
          object<Eviction>({ runnerId: isId, reason: oneOf(EvictionReason), sinceMs: time }),
          MAX_EVICTIONS,
        ),
      ),
    }),
  ),
});

const orNull: Shape<string | null> = (value, path) => (value === null ? null : isId(value, path));

/** Shape of the moves that a node tells of. */
export const moveRows: Shape<readonly ClusterMoveRow[]> = array(
  object<ClusterMoveRow>({
    id: text(KEY_ID, 1),
    from: orNull as Shape<string>,
    to: orNull as Shape<string>,
    generation: integer(0),
    reason: text(LIMITS.reasonLength, 1),
    atMs: time,
    by: isId,
  }),
  MAX_MOVES,
);
