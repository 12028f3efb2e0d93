/**
 * Where a command or an event stands: indices are contiguous from 1 on for each actor, generation and direction. A new
 * generation begins at 1 again.
 */
export interface Checkpoint {
  /** As returned by `addressOf`. */
  readonly address: string;
  readonly generation: number;
  readonly index: number;
}

/**
 * What becomes of a command or event, by its checkpoint. Only `applied` has an effect.
 *
 * @enum
 */
export const Arrival = {
  Applied: "applied",
  /** It was applied before. */
  Duplicate: "duplicate",
  /** It is of an earlier generation. */
  Stale: "stale",
  /** Ones before it are missing. */
  Gap: "gap",
  /** It is of a generation that is not known yet. */
  Future: "future",
} as const;
export type Arrival = (typeof Arrival)[keyof typeof Arrival];

/** Returns what becomes of a message after `last` was applied. */
export function arrivalOf(
  last: Pick<Checkpoint, "generation" | "index">,
  next: Pick<Checkpoint, "generation" | "index">,
): Arrival {
  if (next.generation < last.generation) return Arrival.Stale;
  if (next.generation > last.generation) return Arrival.Future;
  if (next.index <= last.index) return Arrival.Duplicate;
  return next.index === last.index + 1 ? Arrival.Applied : Arrival.Gap;
}

/**
 * Returns the id of a message in its log: `c` for a command, `e` for the events from `from` on. It names actor and
 * generation, since engines compare the ids of all messages of a log.
 */
export function messageId(
  direction: "c" | "e",
  { address, generation, index }: Checkpoint,
  from: number = index,
): string {
  const span = direction === "c" ? `${index}` : `${from}-${index}`;
  return `${address}:${generation}:${direction}:${span}`;
}
