import type { Frame } from "../../wire/answers.ts";
import type { ActorRow, Snapshot, TypeRow } from "../../wire/snapshot.ts";
import type { FrameChange, SystemChange, SystemModel, SystemState } from "../model.ts";
import { type PackedRows, RowPacker, RowUnpacker } from "./packed-rows.ts";

/** Memory limit of the history: a reasonable share of a browser tab's memory. */
const LIMIT_BYTES = 64 * 1_024 * 1_024;
/** Interval between keyframes. It bounds the number of ticks replayed for a jump into the past. */
const KEYFRAME_MS = 10_000;
/** Ticks with more changes than this are kept only once a second. */
const MANY_CHANGES = 500;
const SPARSE_MS = 1_000;
/** Estimated memory of a message's counts, and of the rest of a system's state. */
const BYTES_A_MESSAGE_ROW = 400;
const BYTES_A_STATE = 1_500;

interface PackedSystem {
  readonly bytes: number;
  readonly state: SystemState;
  readonly rows: PackedRows;
  readonly removed: readonly string[];
  readonly keyframe: boolean;
}

interface Tick {
  readonly atMs: number;
  readonly bytes: number;
  readonly keyframe: boolean;
  /** Whether systems that are missing from the tick were removed. */
  readonly full: boolean;
  readonly heapUsedBytes: number;
  readonly systems: readonly PackedSystem[];
}

/** Changes of a system that are not part of a tick yet. */
interface Pending {
  readonly changed: Set<string>;
  readonly removed: Set<string>;
}

/** Start and end of the history. */
export interface HistorySpan {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly ticks: number;
  readonly bytes: number;
}

/**
 * The last minutes of a model, limited by size in bytes. Every tick is kept while few actors change, and one
 * a second while many do. The size is estimated, rather too high than too low.
 */
export class History {
  readonly #limitBytes: number;
  readonly #ticks: Tick[] = [];
  readonly #packers = new Map<string, RowPacker>();
  readonly #pending = new Map<string, Pending>();
  readonly #sharedTypes = new Map<string, ReadonlyMap<string, TypeRow>>();
  #bytes = 0;
  #keyframeAtMs = Number.NEGATIVE_INFINITY;

  constructor(limitBytes: number = LIMIT_BYTES) {
    this.#limitBytes = limitBytes;
  }

  /** The period covered; `null` before the first tick. */
  get span(): HistorySpan | null {
    const [first, last] = [this.#ticks[0], this.#ticks.at(-1)];
    if (first === undefined || last === undefined) return null;
    return {
      firstAtMs: first.atMs,
      lastAtMs: last.atMs,
      ticks: this.#ticks.length,
      bytes: this.#bytes,
    };
  }

  /** Records the changes of a frame. */
  record(change: FrameChange, { capturedAtMs, heapUsedBytes, full }: Frame): void {
    if (!change.complete) return;
    let pending = 0;
    for (const system of change.systems) pending += this.#note(system);
    const last = this.#ticks.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    if (!full && pending > MANY_CHANGES && capturedAtMs - last < SPARSE_MS) return;
    const keyframe = full || capturedAtMs - this.#keyframeAtMs >= KEYFRAME_MS;
    if (keyframe) this.#keyframeAtMs = capturedAtMs;
    const systems = change.systems.map(({ system }) => this.#pack(system, keyframe));
    const bytes = systems.reduce((sum, system) => sum + system.bytes, 0);
    this.#ticks.push({ atMs: capturedAtMs, bytes, keyframe, full, heapUsedBytes, systems });
    this.#bytes += bytes;
    this.#shrink();
  }

  /**
   * Returns frames that lead from a keyframe to the state at `atMs`. If possible they start some seconds
   * earlier, so that rates and histories can be derived. Empty before the first tick.
   */
  framesUntil(atMs: number): Frame[] {
    const end = this.#ticks.findLastIndex((tick) => tick.atMs <= atMs);
    const last = end === -1 ? 0 : end;
    const lead = (this.#ticks[last]?.atMs ?? 0) - KEYFRAME_MS;
    const early = this.#ticks.findLastIndex(
      (tick, at) => at <= last && tick.keyframe && tick.atMs <= lead,
    );
    const start = early === -1 ? this.#ticks.findIndex(({ keyframe }) => keyframe) : early;
    if (start === -1) return [];
    const unpackers = new Map<string, RowUnpacker>();
    return this.#ticks.slice(start, last + 1).map((tick, at) => toFrame(tick, at === 0, unpackers));
  }

  #note({ system, full, changed, removed }: SystemChange): number {
    let pending = this.#pending.get(system.name);
    if (pending === undefined) {
      pending = { changed: new Set(), removed: new Set() };
      this.#pending.set(system.name, pending);
    }
    if (full) this.#keyframeAtMs = Number.NEGATIVE_INFINITY;
    for (const { id } of changed) pending.changed.add(id);
    for (const id of removed) {
      pending.changed.delete(id);
      pending.removed.add(id);
    }
    return pending.changed.size;
  }

  #pack(system: SystemModel, keyframe: boolean): PackedSystem {
    const pending = this.#pending.get(system.name);
    this.#pending.delete(system.name);
    let packer = this.#packers.get(system.name);
    if (packer === undefined) {
      packer = new RowPacker();
      this.#packers.set(system.name, packer);
    }
    const removed = [...(pending?.removed ?? [])].filter((id) => !system.entries.has(id));
    if (keyframe) packer.keepOnly(system.entries);
    else packer.forget(removed);
    const changed = keyframe ? allRows(system) : rowsOf(system, pending?.changed ?? new Set());
    const rows = packer.pack(changed, keyframe);
    const { state, bytes } = this.#shareTypes(system.state);
    return { bytes: bytes + rows.bytes, state, rows, removed, keyframe };
  }

  /** Shares unchanged counts between ticks instead of storing them again. */
  #shareTypes(state: SystemState): { readonly state: SystemState; readonly bytes: number } {
    const before = this.#sharedTypes.get(state.system.name);
    let bytes = BYTES_A_STATE;
    const types = state.types.map((row) => {
      const known = before?.get(row.type);
      if (known !== undefined && isSameType(known, row)) return known;
      bytes += BYTES_A_MESSAGE_ROW * (1 + row.messages.length);
      return row;
    });
    this.#sharedTypes.set(state.system.name, new Map(types.map((row) => [row.type, row])));
    return { state: { ...state, types }, bytes };
  }

  /** Drops the oldest ticks up to a keyframe: ticks without a keyframe before them cannot be restored. */
  #shrink(): void {
    while (this.#bytes > this.#limitBytes && this.#ticks.length > 1) {
      const next = this.#ticks.findIndex(({ keyframe }, at) => at > 0 && keyframe);
      const count = next === -1 ? this.#ticks.length : next;
      for (const { bytes } of this.#ticks.splice(0, count)) this.#bytes -= bytes;
      if (next === -1) this.#keyframeAtMs = Number.NEGATIVE_INFINITY;
    }
  }
}

function allRows({ entries }: SystemModel): ActorRow[] {
  return [...entries.values()].map(({ row }) => row);
}

function rowsOf({ entries }: SystemModel, ids: ReadonlySet<string>): ActorRow[] {
  const rows: ActorRow[] = [];
  for (const id of ids) {
    const entry = entries.get(id);
    if (entry !== undefined) rows.push(entry.row);
  }
  return rows;
}

function isSameType(before: TypeRow, row: TypeRow): boolean {
  return JSON.stringify(before) === JSON.stringify(row);
}

function toFrame(tick: Tick, first: boolean, unpackers: Map<string, RowUnpacker>): Frame {
  const snapshots = tick.systems.map(({ state, rows, removed, keyframe }): Snapshot => {
    let unpacker = unpackers.get(state.system.name);
    if (unpacker === undefined) {
      unpacker = new RowUnpacker();
      unpackers.set(state.system.name, unpacker);
    }
    const actors = unpacker.unpack(rows);
    return keyframe
      ? { ...state, since: null, actors, removed: [] }
      : { ...state, since: 0, actors, removed };
  });
  return {
    sequence: snapshots[0]?.sequence ?? 0,
    capturedAtMs: tick.atMs,
    full: first || tick.full,
    snapshots,
    traces: [],
    logs: [],
    heapUsedBytes: tick.heapUsedBytes,
  };
}
