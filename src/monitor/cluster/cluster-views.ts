import type {
  ClusterDeadLetterRow,
  ClusterRow,
  PlacementDetail,
  PlacementRow,
} from "../../wire/cluster.ts";

/** Which placements to list. Omitted fields match everything. */
export interface PlacementQuery {
  readonly type: string | undefined;
  /** What the text of the key begins with; empty for all keys. */
  readonly prefix: string;
  readonly status: string | undefined;
  readonly runnerId: string | undefined;
  /** `cursor` of the page before; `undefined` for the first page. */
  readonly cursor: string | undefined;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** A page of placements in order. */
export interface PlacementPage {
  readonly placements: readonly Omit<PlacementRow, "system">[];
  readonly cursor: string | undefined;
}

/** One placement, without the name of the system. */
export interface PlacementReading extends Omit<PlacementDetail, "placement"> {
  readonly placement: Omit<PlacementRow, "system">;
}

/** A page of dead letters, oldest first. */
export interface DeadLetterPage {
  readonly deadLetters: readonly Omit<ClusterDeadLetterRow, "system">[];
  /** Number of the last one, if there may be more. */
  readonly cursor: string | undefined;
}

/**
 * The cluster of a system for viewers. All answers are bounded in size and time: a node that does not answer is one that
 * is not reachable. Reads wake no actor. They reject with a `ClusterError` when the engine cannot be read.
 */
export interface ClusterViews {
  /** Returns the nodes, the coordinator, logs and last moves. Never rejects: `problems` says what could not be read. */
  overview(): Promise<Omit<ClusterRow, "system">>;
  placements(query: PlacementQuery): Promise<PlacementPage>;
  /** Returns one placement; `undefined` when there is none. */
  placement(type: string, key: string): Promise<PlacementReading | undefined>;
  /** @param after number of the last dead letter of the page before */
  deadLetters(after: string | undefined, limit: number): Promise<DeadLetterPage>;
  /** Has a dead letter handled once more. Returns false when there is none of this number. */
  resend(id: string): Promise<boolean>;
  /** Deletes a dead letter. Returns false when there is none of this number. */
  discard(id: string): Promise<boolean>;
}

const views = new WeakMap<object, ClusterViews>();

/** Registers the cluster of a system. */
export function addClusterViews(system: object, of: ClusterViews): void {
  views.set(system, of);
}

/** Returns the cluster of a system; `undefined` when it belongs to none. */
export function clusterViewsOf(system: object): ClusterViews | undefined {
  return views.get(system);
}
