import { labelSortKey } from "../wire/actor-names.ts";
import type { ActorRow } from "../wire/snapshot.ts";
import { PointRing } from "./history/point-ring.ts";
import { HISTORY_POINTS, type TickTimes } from "./history/tick-times.ts";

/** Above any useful limit of restarts. */
const MAX_RESTARTS = 100;

/** An actor in a viewer: its latest row, and what was derived from earlier rows. */
export class ActorEntry {
  readonly id: string;
  readonly system: string;
  /** Position in the order in which actors were spawned. */
  readonly number: number;
  /** Mailbox depth at each tick. */
  readonly depths: PointRing = new PointRing(HISTORY_POINTS);
  row: ActorRow;
  /** Messages taken between ticks. */
  readonly #taken = new PointRing(HISTORY_POINTS);
  readonly #ticks: TickTimes;
  #sortKey: string | undefined;
  #takenBefore: number;
  #restartsBefore: number;
  /** When the latest restarts were first seen. Only allocated for actors that restart. */
  #restartedAtMs: number[] | undefined;

  /** @param ticks those of its system; {@link tick} is called for each of them */
  constructor(system: string, row: ActorRow, ticks: TickTimes) {
    this.id = row.id;
    this.system = system;
    this.number = row.number;
    this.row = row;
    this.#ticks = ticks;
    this.#takenBefore = row.messagesTaken;
    this.#restartsBefore = row.supervision.restarts;
  }

  /** Messages per second over the last second. */
  get rate(): number {
    return this.#ticks.rateOf(this.#taken);
  }

  /** Messages per second over all known ticks. */
  get meanRate(): number {
    return this.#ticks.meanRate(this.#taken);
  }

  /**
   * Returns the messages per second at each of the last ticks, oldest first; none if it never took a message.
   */
  rates(count?: number): number[] {
    return this.#ticks.ratesOf(this.#taken, count);
  }

  /** Sort key of lists that are sorted by actor. */
  get sortKey(): string {
    this.#sortKey ??= labelSortKey(this.row);
    return this.#sortKey;
  }

  /** Used share of its mailbox, 0 to 1. */
  get fill(): number {
    const { depth, limit } = this.row.mailbox;
    return limit > 0 ? Math.min(1, depth / limit) : 0;
  }

  /** Returns how many restarts have been seen within its restart window, up to `atMs`. */
  restartsInWindow(atMs: number): number {
    const since = atMs - this.row.supervision.windowMs;
    return (this.#restartedAtMs ?? []).filter((restartAtMs) => restartAtMs > since).length;
  }

  /** Whether one more restart would exceed its limit, as far as its restarts have been seen. */
  isAtRestartLimit(atMs: number): boolean {
    const seen = this.restartsInWindow(atMs);
    return seen > 0 && seen >= this.row.supervision.maxRestarts;
  }

  /** Adds a history point for the tick at `atMs`. */
  tick(atMs: number): void {
    const { messagesTaken, mailbox, supervision } = this.row;
    if (supervision.restarts !== this.#restartsBefore) this.#noteRestarts(atMs);
    // A counter that has decreased belongs to a new life, so the difference is unknown.
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

/** Returns the ids of an actor's ancestors, from its parent up. */
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
