/** A seed that has found a fault, which was then fixed. All are run as tests. */
export interface KeptSeed {
  readonly seed: number;
  /** What it has found. */
  readonly fault: string;
}

/** What a seed does changes with the code, so that an old one may no longer reach the place that it was kept for. */
export const KEPT_SEEDS: readonly KeptSeed[] = [];
