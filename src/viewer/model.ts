import type { Frame } from "../wire/answers.ts";
import { type Findings, findingsOf } from "../wire/condition.ts";
import { canMerge } from "../wire/sequence.ts";
import type { ActorRow, DeadLetterRow, Snapshot, TypeRow } from "../wire/snapshot.ts";
import { ActorEntry } from "./actor-entry.ts";
import { PointRing } from "./history/point-ring.ts";
import { HISTORY_POINTS, TickTimes } from "./history/tick-times.ts";
import { TotalsHistory } from "./history/totals-history.ts";

/** Maximum number of dead letters kept of each system. */
const MAX_DEAD_LETTERS = 100;

/** A snapshot without its list of actors, which the model stores as entries. */
export type SystemState = Omit<Snapshot, "actors" | "removed">;

/** A system in a viewer. */
export interface SystemModel {
  readonly name: string;
  readonly state: SystemState;
  readonly entries: ReadonlyMap<string, ActorEntry>;
  readonly types: ReadonlyMap<string, TypeRow>;
  readonly history: TotalsHistory;
  /** Messages handled per second over the last second. */
  readonly handledRate: number;
  readonly deadLetters: readonly DeadLetterRow[];
  /** Whether any of its actors has connections. */
  readonly hasConnections: boolean;
}

/** Changes of a frame in one system. */
export interface SystemChange {
  readonly system: SystemModel;
  /** Whether everything was replaced. */
  readonly full: boolean;
  readonly changed: readonly ActorRow[];
  readonly removed: readonly string[];
}

/** Changes of a frame. */
export interface FrameChange {
  /** `false` if an earlier frame is missing: the model is unchanged and a full frame must be requested. */
  readonly complete: boolean;
  readonly systems: readonly SystemChange[];
}

const INCOMPLETE: FrameChange = { complete: false, systems: [] };

class MutableSystem implements SystemModel {
  readonly name: string;
  readonly history = new TotalsHistory();
  entries = new Map<string, ActorEntry>();
  types: ReadonlyMap<string, TypeRow> = new Map();
  deadLetters: readonly DeadLetterRow[] = [];
  state: SystemState;
  readonly #ticks = new TickTimes();
  readonly #handled = new PointRing(HISTORY_POINTS);

  constructor(snapshot: Snapshot) {
    this.name = snapshot.system.name;
    this.state = snapshot;
  }

  get handledRate(): number {
    return this.#ticks.rateOf(this.#handled);
  }

  /** Merges a snapshot. */
  merge(snapshot: Snapshot, heapUsedBytes: number): SystemChange {
    const { actors, removed, ...state } = snapshot;
    const { capturedAtMs, totals } = snapshot;
    const full = snapshot.since === null;
    if (full) this.#replace(actors);
    else this.#update(actors, removed);
    this.#ticks.push(capturedAtMs);
    this.#handled.push(Math.max(0, totals.handled - this.state.totals.handled));
    for (const entry of this.entries.values()) entry.tick(capturedAtMs);
    this.state = state;
    this.types = new Map(snapshot.types.map((row) => [row.type, row]));
    const letters = full ? snapshot.deadLetters : [...this.deadLetters, ...snapshot.deadLetters];
    this.deadLetters = letters.slice(-MAX_DEAD_LETTERS);
    this.history.add(snapshot, heapUsedBytes);
    return { system: this, full, changed: actors, removed };
  }

  get hasConnections(): boolean {
    for (const { row } of this.entries.values()) {
      if ((row.keyed?.connections ?? 0) > 0) return true;
    }
    return false;
  }

  /** Replaces all actors. Those that were known keep their history. */
  #replace(rows: readonly ActorRow[]): void {
    const before = this.entries;
    this.entries = new Map();
    for (const row of rows) this.entries.set(row.id, this.#entryOf(before.get(row.id), row));
  }

  #update(rows: readonly ActorRow[], removed: readonly string[]): void {
    for (const id of removed) this.entries.delete(id);
    for (const row of rows) {
      const known = this.entries.get(row.id);
      if (known === undefined) this.entries.set(row.id, this.#entryOf(undefined, row));
      else known.row = row;
    }
  }

  #entryOf(known: ActorEntry | undefined, row: ActorRow): ActorEntry {
    if (known === undefined) return new ActorEntry(this.name, row, this.#ticks);
    known.row = row;
    return known;
  }
}

/**
 * All systems of a process in a viewer: frames are merged into entries with rates and histories. It depends
 * on neither the page nor the terminal.
 */
export class ViewerModel {
  readonly #systems = new Map<string, MutableSystem>();
  #capturedAtMs = 0;

  get systems(): ReadonlyMap<string, SystemModel> {
    return this.#systems;
  }

  /** When the last frame was captured, on the source's clock. */
  get capturedAtMs(): number {
    return this.#capturedAtMs;
  }

  /**
   * Merges a frame. A frame that does not follow the known state changes nothing and is reported as
   * incomplete.
   */
  apply(frame: Frame): FrameChange {
    const follows = frame.snapshots.every((snapshot) =>
      canMerge(snapshot, this.#systems.get(snapshot.system.name)?.state.sequence),
    );
    if (!follows) return INCOMPLETE;
    if (frame.full) this.#forgetAllBut(frame.snapshots);
    this.#capturedAtMs = frame.capturedAtMs;
    const systems = frame.snapshots.map((snapshot) => {
      const known = this.#systems.get(snapshot.system.name);
      const system = known ?? new MutableSystem(snapshot);
      this.#systems.set(system.name, system);
      return system.merge(snapshot, frame.heapUsedBytes);
    });
    return { complete: true, systems };
  }

  /** Iterates over the rows of all actors, system by system. */
  *rows(): Generator<ActorRow, undefined> {
    for (const { entries } of this.#systems.values()) {
      for (const { row } of entries.values()) yield row;
    }
  }

  /** The findings of the monitors of all systems. */
  findings(): Findings {
    return findingsOf([...this.#systems.values()].map(({ state }) => state));
  }

  /** Returns the actor with this id in any system. */
  actor(id: string): ActorEntry | undefined {
    for (const { entries } of this.#systems.values()) {
      const entry = entries.get(id);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  #forgetAllBut(snapshots: readonly Snapshot[]): void {
    const pids = new Map(snapshots.map(({ system }) => [system.name, system.pid]));
    for (const [name, { state }] of this.#systems) {
      if (pids.get(name) !== state.system.pid) this.#systems.delete(name);
    }
  }
}
