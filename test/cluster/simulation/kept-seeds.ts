/** A seed that has found a fault, which was then fixed. All are run as tests. */
export interface KeptSeed {
  readonly seed: number;
  /** What it has found. */
  readonly fault: string;
}

/** What a seed does changes with the code, so that an old one may no longer reach the place that it was kept for. */
export const KEPT_SEEDS: readonly KeptSeed[] = [
  { seed: 200, fault: "an actor was created anew whose runner was lost before it had told of its start" },
  { seed: 220, fault: "what was due waited after the clock of the coordinator was set back" },
  { seed: 357, fault: "a wake was purged that a runner had left, since its actor had moved" },
  { seed: 364, fault: "an outbox waited after the clock of the coordinator was set back" },
  { seed: 363, fault: "events were given up although their runner was just sending them again" },
  { seed: 398, fault: "a start that was refused hid an older activation, which went on for ever" },
  { seed: 491, fault: "a stored event of an end was lost, and the actor stayed where it was" },
  { seed: 552, fault: "a wake was appended to the log of a runner that had left, and purged with it" },
];
