import type { ActorRow } from "../wire/snapshot.ts";
import { PointRing } from "./history/point-ring.ts";

/** Points of history kept of each actor: half a minute at four a second. */
export const HISTORY_POINTS = 120;
/** Points a shown rate is the mean of: single ticks would flicker. */
const CALM_POINTS = 4;

/** What a viewer knows of one actor: its row, and what it makes of the rows before it. */
export class ActorEntry {
  readonly id: string;
  readonly system: string;
  /** Taken messages a second, tick by tick. */
  readonly rates: PointRing = new PointRing(HISTORY_POINTS);
  readonly depths: PointRing = new PointRing(HISTORY_POINTS);
  row: ActorRow;
  #orderKey: string | undefined;
  #takenBefore: number;
  #restartsBefore: number;
  /** When restarts were first seen, the last ones; only actors that restart have any. */
  #restartedAtMs: number[] | undefined;

  constructor(system: string, row: ActorRow) {
    this.id = row.id;
    this.system = system;
    this.row = row;
    this.#takenBefore = row.messagesTaken;
    this.#restartsBefore = row.supervision.restarts;
  }

  /** How many of the restarts it may have within its window have been seen in it, up to `atMs`. */
  restartsInWindow(atMs: number): number {
    const since = atMs - this.row.supervision.windowMs;
    return (this.#restartedAtMs ?? []).filter((restartAtMs) => restartAtMs > since).length;
  }

  /** Messages a second over the last second. */
  get rate(): number {
    return this.rates.meanOfLast(CALM_POINTS);
  }

  /** What lists are sorted by when they are sorted by actor: ids count in base 36, so that `-a` follows `-9`. */
  get orderKey(): string {
    this.#orderKey ??= orderKey(this.row);
    return this.#orderKey;
  }

  /** Share of its mailbox that is taken, 0 to 1. */
  get fill(): number {
    const { depth, limit } = this.row.mailbox;
    return limit > 0 ? Math.min(1, depth / limit) : 0;
  }

  /** Adds a point of history at `atMs`; `seconds` have passed since the one before on the source's clock. */
  tick(seconds: number, atMs: number): void {
    const { messagesTaken, mailbox, supervision } = this.row;
    if (supervision.restarts !== this.#restartsBefore) this.#noteRestarts(atMs);
    const taken = messagesTaken - this.#takenBefore;
    this.#takenBefore = messagesTaken;
    // A counter that has gone down is another life's: there is no rate across it.
    this.rates.push(seconds > 0 && taken > 0 ? taken / seconds : 0);
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

/** More than any limit that anybody means. */
const MAX_RESTARTS = 100;

/** Longer than the counter of any id. */
const COUNTER_DIGITS = 10;

function orderKey({ id, name }: ActorRow): string {
  if (name !== null) return name;
  const at = id.lastIndexOf("-") + 1;
  return id.slice(0, at) + id.slice(at).padStart(COUNTER_DIGITS, "0");
}
