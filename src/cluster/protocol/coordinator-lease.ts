/** What the coordinator writes into its lease at each renewal. Key: `COORDINATOR_LEASE`. */
export interface CoordinatorLease {
  readonly version: 1;
  /** Id of the node, new at each start of a process. */
  readonly nodeId: string;
  /** Increases from term to term; 0 in the first write of a term, whose revision is the number of the term. */
  readonly term: number;
  /** Unique to the write. */
  readonly writeId: string;
  /** Milliseconds since the epoch, by the clock of the node. */
  readonly atMs: number;
}
