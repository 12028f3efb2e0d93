import { labelSortKey } from "../wire/actor-names.ts";
import type { ActorRow } from "../wire/snapshot.ts";
import { PointRing } from "./history/point-ring.ts";
import { HISTORY_POINTS, type TickTimes } from "./history/tick-times.ts";

/** More than any limit of restarts that is useful. */
const MAX_RESTARTS = 100;

/** What a viewer knows of one actor: its row, and what it makes of the rows before it. */
export class ActorEntry {
  readonly id: string;
  readonly system: string;
  /** Its place in the order in which actors were spawned. */
  readonly number: number;
  /** Messages in its mailbox, tick by tick. */
  readonly depths: PointRing = new PointRing(HISTORY_POINTS);
  row: ActorRow;
  /** Messages taken, tick by tick. */
  readonly #taken = new PointRing(HISTORY_POINTS);
  readonly #ticks: TickTimes;
  #sortKey: string | undefined;
  #takenBefore: number;
  #restartsBefore: number;
  /** When restarts were first seen, the last ones; only actors that restart have any. */
  #restartedAtMs: number[] | undefined;

  /** @param ticks those of its system, for which {@link tick} is called as well */
  constructor(system: string, row: ActorRow, ticks: TickTimes) {
    this.id = row.id;
    this.system = system;
    this.number = row.number;
    this.row = row;
    this.#ticks = ticks;
    this.#takenBefore = row.messagesTaken;
    this.#restartsBefore = row.supervision.restarts;
  }

  /** Messages a second over the last second. */
  get rate(): number {
    return this.#ticks.rateOf(this.#taken);
  }

  /** Messages a second over all ticks that are known. */
  get meanRate(): number {
    return this.#ticks.meanRate(this.#taken);
  }

  /** Messages a second at each of the last ticks, oldest first; none of an actor that never took any. */
  rates(count?: number): number[] {
    return this.#ticks.ratesOf(this.#taken, count);
  }

  /** What lists are sorted by when they are sorted by actor. */
  get sortKey(): string {
    this.#sortKey ??= labelSortKey(this.row);
    return this.#sortKey;
  }

  /** Share of its mailbox that is taken, 0 to 1. */
  get fill(): number {
    const { depth, limit } = this.row.mailbox;
    return limit > 0 ? Math.min(1, depth / limit) : 0;
  }

  /** How many of the restarts it may have within its window have been seen in it, up to `atMs`. */
  restartsInWindow(atMs: number): number {
    const since = atMs - this.row.supervision.windowMs;
    return (this.#restartedAtMs ?? []).filter((restartAtMs) => restartAtMs > since).length;
  }

  /** Whether one more restart would exceed its limit, as far as its restarts were seen. */
  isAtRestartLimit(atMs: number): boolean {
    const seen = this.restartsInWindow(atMs);
    return seen > 0 && seen >= this.row.supervision.maxRestarts;
  }

  /** Adds a point of history for the tick that was taken at `atMs`. */
  tick(atMs: number): void {
    const { messagesTaken, mailbox, supervision } = this.row;
    if (supervision.restarts !== this.#restartsBefore) this.#noteRestarts(atMs);
    // A counter that has gone down is another life's: nothing is known of what it took.
    this.#taken.push(Math.max(0, messagesTaken - this.#takenBefore));
    this.#takenBefore = messagesTaken;
    this.depths.push(mailbox.depth);
  }

  #noteRestarts(atMs: number): void {
    const { restarts } = this.row.supervision;
    const fresh = Math.min(MAX_RESTARTS, Math.max(0, restarts - this.#restartsBefore));
    this.#restartsBefore = restarts;
    const noted = [...(this.#restartedAtMs ?? []), ...new Array<number>(fresh).fill(atMs)];
    this.#restartedAtMs = noted.slice(-MAX_RESTARTS);
  }
}

/** Ids of the actors that `id` is below of, from its parent up. */
export function ancestorsOf(
  id: string,
  find: (id: string) => ActorEntry | undefined,
): readonly string[] {
  const ancestors = new Set<string>();
  let parentId = find(id)?.row.parentId ?? null;
  while (parentId !== null && !ancestors.has(parentId)) {
    ancestors.add(parentId);
    parentId = find(parentId)?.row.parentId ?? null;
  }
  return [...ancestors];
}
