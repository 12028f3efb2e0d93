import { Random } from "../random.ts";

/** What happens to one batch that is sent to the store, or to one load. */
export type StoreFault =
  | "full"
  | "overloaded"
  | "unavailable"
  | "lost_written"
  | "lost_unwritten"
  | "lost_late"
  | "held"
  | "load_fails"
  | "load_held";

const MESSAGES = {
  ask: 14,
  tell: 8,
  read: 4,
  slow: 3,
  save: 3,
  boom: 3,
  refuse: 2,
  relay: 3,
  schedule: 6,
  cancel: 2,
  send: 6,
  queue_ask: 2,
} as const;

const LIVES = { sleep: 4, kill: 3, destroy: 3 } as const;

const WORLD = {
  turn: 8,
  advance: 10,
  gate: 5,
  fault: 8,
  heal: 4,
  late: 3,
  jump: 1,
  restart: 1,
  crash: 1,
} as const;

type StepName = keyof typeof MESSAGES | keyof typeof LIVES | keyof typeof WORLD;

const STEPS: Readonly<Record<StepName, number>> = { ...MESSAGES, ...LIVES, ...WORLD };

/** One step. `op` identifies what a message does, and is not used twice. */
export interface Step {
  readonly do: StepName;
  readonly op: number;
  readonly key: number;
  readonly type: "eager" | "lazy";
  /** A delay, or how far the clock is moved, in milliseconds. */
  readonly ms: number;
  /** How often the handler of a schedule or queue message throws before it succeeds. */
  readonly throws: number;
  readonly fault: StoreFault;
  /** Whether the step after it begins in the same turn. */
  readonly atOnce: boolean;
}

/** Everything that is random in one scenario. */
export interface KeyedPlan {
  readonly seed: number;
  readonly keys: number;
  readonly maxResident: number;
  readonly steps: readonly Step[];
}

const FAULTS: readonly StoreFault[] = [
  "full",
  "overloaded",
  "unavailable",
  "lost_written",
  "lost_unwritten",
  "lost_late",
  "held",
  "load_fails",
  "load_held",
];

/** Draws the scenario of a seed. */
export function drawKeyedPlan(seed: number): KeyedPlan {
  const random = new Random(seed);
  const keys = random.integer(1, 4);
  const maxResident = random.pick([1, 2, Number.POSITIVE_INFINITY]);
  const weights: Record<StepName, number> = { ...STEPS };
  // Scenarios differ in what happens often: about a third of all steps is left out.
  for (const step of Object.keys(STEPS) as StepName[]) {
    if (random.chance(0.3) && step !== "ask" && step !== "turn" && step !== "gate")
      weights[step] = 0;
  }
  const steps = Array.from({ length: random.integer(10, 60) }, (_, at): Step => {
    return {
      do: random.weighted(weights),
      op: at + 1,
      key: random.integer(0, keys - 1),
      type: random.chance(0.8) ? "eager" : "lazy",
      ms: random.pick([0, 1, 20, 100, 500, 1_000, 1_500, 5_000, 60_000]),
      throws: random.pick([0, 0, 0, 1, 2]),
      fault: random.pick(FAULTS),
      atOnce: random.chance(0.4),
    };
  });
  return { seed, keys, maxResident, steps };
}
