import type { Frame } from "../../wire/answers.ts";
import { canMerge } from "../../wire/sequence.ts";
import type { ActorRow, Snapshot } from "../../wire/snapshot.ts";
import { HISTORY_POINTS, History } from "./history.ts";

/** A rate is of the last ticks that cover at least this long: one of a quarter of a second would flicker. */
const RATE_WINDOW_MS = 1_000;

/** An actor as it is known now, and what has been seen of it. */
export interface LiveActor {
  row: ActorRow;
  readonly system: string;
  /** Grows with each actor of its process. */
  readonly number: number;
  /** Messages a second, lately. */
  rate: number;
  /** Only of actors that have ever had something to do since they are looked at. */
  history: History | undefined;
  /** When it was seen to restart, as long ago as its window of restarts reaches. */
  restartedAtMs: number[];
}

/** A system as it is known now: its last snapshot without the actors. */
export interface LiveSystem {
  readonly snapshot: Omit<Snapshot, "actors" | "removed" | "since">;
  readonly history: History;
  rate: number;
}

/**
 * All actors that a stream of frames has told of. Rates are differences of counters over differences of
 * the source's clock, so neither a slow connection nor this machine's clock falsifies them.
 */
export class LiveActors {
  readonly #actors = new Map<string, LiveActor>();
  readonly #systems = new Map<string, LiveSystem>();
  /** When each of the last ticks was. */
  readonly #tickAtMs = new Float64Array(HISTORY_POINTS);
  #tick = 0;

  get actors(): ReadonlyMap<string, LiveActor> {
    return this.#actors;
  }

  get systems(): ReadonlyMap<string, LiveSystem> {
    return this.#systems;
  }

  /** The number of the last frame, by which histories are read. */
  get tick(): number {
    return this.#tick;
  }

  /** The time of the last frame on the source's clock; 0 before the first. */
  get nowAtMs(): number {
    return this.#tick === 0 ? 0 : (this.#tickAtMs[this.#tick % HISTORY_POINTS] ?? 0);
  }

  /** How many messages a second `history` tells of, over about a second. */
  rateOf(history: History): number {
    return this.meanRate(history, this.#rateTicks());
  }

  /** The same over the last `ticks`. */
  meanRate(history: History, ticks: number): number {
    const durationMs = this.nowAtMs - (this.#tickAtMs[slot(this.#tick - ticks)] ?? 0);
    return durationMs > 0 ? (history.sum(this.#tick, ticks) * 1_000) / durationMs : 0;
  }

  /** Messages a second at each of the last `count` ticks, oldest first. */
  rates(history: History, count: number): number[] {
    const known = this.#knownTicks();
    return history.taken(this.#tick, count).map((taken, at) => {
      const tick = this.#tick - count + 1 + at;
      if (this.#tick - tick >= known) return 0;
      const durationMs = (this.#tickAtMs[slot(tick)] ?? 0) - (this.#tickAtMs[slot(tick - 1)] ?? 0);
      return durationMs > 0 ? (taken * 1_000) / durationMs : 0;
    });
  }

  /** How many ticks there are to make rates of. */
  get ratedTicks(): number {
    return this.#knownTicks();
  }

  /**
   * Takes in what has changed.
   *
   * @returns whether the frame follows what is known; if not it changes nothing, and a full one is needed
   */
  apply(frame: Frame): boolean {
    const follows = frame.snapshots.every((snapshot) =>
      canMerge(snapshot, this.#systems.get(snapshot.system.name)?.snapshot.sequence),
    );
    if (!follows) return false;
    this.#tick += 1;
    this.#tickAtMs[slot(this.#tick)] = frame.capturedAtMs;
    if (frame.full) this.#forgetOthers(frame);
    for (const snapshot of frame.snapshots) this.#applySnapshot(snapshot);
    for (const actor of this.#actors.values()) {
      if (actor.history !== undefined) actor.rate = this.rateOf(actor.history);
    }
    for (const system of this.#systems.values()) system.rate = this.rateOf(system.history);
    return true;
  }

  #applySnapshot(snapshot: Snapshot): void {
    const { actors, removed, since, ...rest } = snapshot;
    const { name } = rest.system;
    const known = this.#systems.get(name);
    const history = known?.history ?? new History(this.#tick);
    const handled = rest.totals.handled - (known?.snapshot.totals.handled ?? rest.totals.handled);
    history.note(this.#tick, Math.max(0, handled), rest.totals.waiting);
    this.#systems.set(name, { snapshot: rest, history, rate: 0 });
    if (since === null) this.#keepOnly(name, new Set(actors.map(({ id }) => id)));
    for (const row of actors) this.#upsert(row, name, rest.capturedAtMs);
    for (const id of removed) this.#actors.delete(id);
  }

  #upsert(row: ActorRow, system: string, atMs: number): void {
    const { depth } = row.mailbox;
    const known = this.#actors.get(row.id);
    if (known === undefined) {
      const history = depth > 0 ? new History(this.#tick) : undefined;
      history?.note(this.#tick, 0, depth);
      const fresh = { row, system, number: numberOf(row.id), rate: 0, history, restartedAtMs: [] };
      this.#actors.set(row.id, fresh);
      return;
    }
    const taken = Math.max(0, row.messagesTaken - known.row.messagesTaken);
    if (taken > 0 || depth > 0 || known.history !== undefined) {
      known.history ??= new History(this.#tick);
      known.history.note(this.#tick, taken, depth);
    }
    noteRestarts(known, row, atMs);
    known.row = row;
  }

  #keepOnly(system: string, ids: ReadonlySet<string>): void {
    for (const [id, actor] of this.#actors) {
      if (actor.system === system && !ids.has(id)) this.#actors.delete(id);
    }
  }

  #forgetOthers({ snapshots }: Frame): void {
    const names = new Set(snapshots.map(({ system }) => system.name));
    for (const name of this.#systems.keys()) {
      if (names.has(name)) continue;
      this.#systems.delete(name);
      this.#keepOnly(name, new Set());
    }
  }

  /** How many ticks, at least one, the last second or so has had. */
  #rateTicks(): number {
    const most = this.#knownTicks();
    for (let ticks = 1; ticks < most; ticks += 1) {
      const fromMs = this.#tickAtMs[slot(this.#tick - ticks)] ?? 0;
      if (this.nowAtMs - fromMs >= RATE_WINDOW_MS) return ticks;
    }
    return Math.max(1, most);
  }

  /** Ticks with one before them that is still known. */
  #knownTicks(): number {
    return Math.min(this.#tick, HISTORY_POINTS) - 1;
  }
}

function slot(tick: number): number {
  return (tick + HISTORY_POINTS) % HISTORY_POINTS;
}

function noteRestarts(actor: LiveActor, row: ActorRow, atMs: number): void {
  const restarts = row.supervision.restarts - actor.row.supervision.restarts;
  if (restarts <= 0) return;
  const fromMs = atMs - row.supervision.windowMs;
  const times = Array.from({ length: Math.min(restarts, HISTORY_POINTS) }, () => atMs);
  actor.restartedAtMs = [...actor.restartedAtMs.filter((at) => at > fromMs), ...times];
}

/** Actors are numbered as they come, in base 36 at the end of their ids. */
function numberOf(id: string): number {
  const number = Number.parseInt(id.slice(id.lastIndexOf("-") + 1), 36);
  return Number.isNaN(number) ? Number.MAX_SAFE_INTEGER : number;
}
