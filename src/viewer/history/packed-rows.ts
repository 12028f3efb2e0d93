import type { AwakeRow, KeyedRow } from "../../wire/keys.ts";
import { type ActorRow, AwakeReason } from "../../wire/snapshot.ts";

/*
 * A compact encoding of actor rows, so that thousands of ticks can be kept. Most of a row is constant from
 * tick to tick. It is stored once as the base, and each tick only stores the numbers that change.
 */

/** Size of a packed row: six columns. */
const BYTES_A_ROW = 4 + 4 + 8 + 8 + 4 + 1;
/** Estimated memory of a base row, and of one separate `busy` or `waits` value. */
const BYTES_A_BASE = 900;
const BYTES_A_LOOSE = 300;

/** Fields that change too often for the base and are not numbers. */
type Loose = Pick<ActorRow, "busy" | "waits" | "tasks"> & {
  /** Why a keyed actor is awake. */
  readonly reasons?: readonly AwakeRow[];
  /** Open connections of a keyed actor. */
  readonly connections?: number;
};

const NOTHING_LOOSE: Loose = { busy: null, waits: [], tasks: [] };

/** The rows that changed in one tick. */
export interface PackedRows {
  readonly bytes: number;
  readonly slots: Uint32Array;
  readonly depths: Uint32Array;
  readonly taken: Float64Array;
  /** `NaN`: the mailbox is empty. */
  readonly oldestAtMs: Float64Array;
  readonly waitingSenders: Uint32Array;
  readonly awake: Uint8Array;
  /** By position in the columns. Most rows have no entry. */
  readonly loose: ReadonlyMap<number, Loose>;
  /** Bases that first occur in this tick, by position. */
  readonly bases: ReadonlyMap<number, ActorRow>;
}

const AWAKE: readonly AwakeReason[] = Object.values(AwakeReason);

/** Packs rows tick by tick. It keeps the latest base of each actor. */
export class RowPacker {
  readonly #slots = new Map<string, number>();
  readonly #bases: (ActorRow | undefined)[] = [];
  readonly #free: number[] = [];

  /** @param full whether the result must be readable without earlier ticks */
  pack(rows: readonly ActorRow[], full: boolean): PackedRows {
    const loose = new Map<number, Loose>();
    const bases = new Map<number, ActorRow>();
    const packed: Omit<PackedRows, "bytes"> = {
      slots: new Uint32Array(rows.length),
      depths: new Uint32Array(rows.length),
      taken: new Float64Array(rows.length),
      oldestAtMs: new Float64Array(rows.length),
      waitingSenders: new Uint32Array(rows.length),
      awake: new Uint8Array(rows.length),
      loose,
      bases,
    };
    let newBases = 0;
    for (const [at, row] of rows.entries()) {
      const slot = this.#slotOf(row.id);
      const base = this.#bases[slot];
      const known = base !== undefined && hasBase(row, base);
      if (!known) {
        this.#bases[slot] = row;
        newBases += 1;
      }
      if (!known || full) bases.set(at, this.#bases[slot] ?? row);
      if (hasLoose(row)) loose.set(at, looseOf(row));
      packed.slots[at] = slot;
      fillColumns(packed, at, row);
    }
    const bytes =
      rows.length * BYTES_A_ROW +
      newBases * BYTES_A_BASE +
      loose.size * BYTES_A_LOOSE +
      bases.size * 16;
    return { ...packed, bytes };
  }

  /** Forgets removed actors and frees their slots. */
  forget(ids: readonly string[]): void {
    for (const id of ids) {
      const slot = this.#slots.get(id);
      if (slot === undefined) continue;
      this.#slots.delete(id);
      this.#bases[slot] = undefined;
      this.#free.push(slot);
    }
  }

  /** Forgets all actors except those given. */
  keepOnly(ids: ReadonlyMap<string, unknown>): void {
    this.forget([...this.#slots.keys()].filter((id) => !ids.has(id)));
  }

  #slotOf(id: string): number {
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    const slot = this.#free.pop() ?? this.#bases.length;
    this.#slots.set(id, slot);
    this.#bases[slot] = undefined;
    return slot;
  }
}

/** Unpacks rows in the order in which they were packed, starting with a full tick. */
export class RowUnpacker {
  readonly #bases = new Map<number, ActorRow>();

  unpack(packed: PackedRows): ActorRow[] {
    const rows: ActorRow[] = [];
    for (const [at, slot] of packed.slots.entries()) {
      const newBase = packed.bases.get(at);
      if (newBase !== undefined) this.#bases.set(slot, newBase);
      const base = newBase ?? this.#bases.get(slot);
      if (base !== undefined) rows.push(rowOf(base, packed, at));
    }
    return rows;
  }
}

function fillColumns(
  packed: Pick<PackedRows, "depths" | "taken" | "oldestAtMs" | "waitingSenders" | "awake">,
  at: number,
  { mailbox, messagesTaken, awakeReason }: ActorRow,
): void {
  packed.depths[at] = mailbox.depth;
  packed.taken[at] = messagesTaken;
  packed.oldestAtMs[at] = mailbox.oldestSentAtMs ?? Number.NaN;
  packed.waitingSenders[at] = mailbox.waitingSenders;
  packed.awake[at] = AWAKE.indexOf(awakeReason);
}

function rowOf(base: ActorRow, packed: PackedRows, at: number): ActorRow {
  const oldest = packed.oldestAtMs[at] ?? Number.NaN;
  const loose = packed.loose.get(at) ?? NOTHING_LOOSE;
  const { busy, waits, tasks } = loose;
  return {
    ...base,
    ...(base.keyed === undefined ? {} : { keyed: keyedOf(base.keyed, loose) }),
    mailbox: {
      depth: packed.depths[at] ?? 0,
      limit: base.mailbox.limit,
      oldestSentAtMs: Number.isNaN(oldest) ? null : oldest,
      waitingSenders: packed.waitingSenders[at] ?? 0,
    },
    messagesTaken: packed.taken[at] ?? 0,
    awakeReason: AWAKE[packed.awake[at] ?? 0] ?? base.awakeReason,
    busy,
    waits,
    tasks,
  };
}

function keyedOf({ key, generation }: KeyedRow, { reasons = [], connections }: Loose): KeyedRow {
  const row = { key, generation, awake: reasons };
  return connections === undefined ? row : { ...row, connections };
}

function hasLoose({ busy, waits, tasks, keyed }: ActorRow): boolean {
  if (busy !== null || waits.length + tasks.length > 0) return true;
  return keyed !== undefined && (keyed.awake.length > 0 || keyed.connections !== undefined);
}

function looseOf({ busy, waits, tasks, keyed }: ActorRow): Loose {
  if (keyed === undefined) return { busy, waits, tasks };
  const { awake: reasons, connections } = keyed;
  return { busy, waits, tasks, reasons, ...(connections === undefined ? {} : { connections }) };
}

/** Whether the fields of `row` outside the columns equal those of `base`. */
function hasBase(row: ActorRow, base: ActorRow): boolean {
  return (
    row.id === base.id &&
    row.type === base.type &&
    row.name === base.name &&
    row.parentId === base.parentId &&
    row.state === base.state &&
    row.life === base.life &&
    row.spawnedAtMs === base.spawnedAtMs &&
    row.mailbox.limit === base.mailbox.limit &&
    row.timers === base.timers &&
    row.children === base.children &&
    row.lastError === base.lastError &&
    row.stopped?.atMs === base.stopped?.atMs &&
    row.stopped?.reason === base.stopped?.reason &&
    row.keyed?.key === base.keyed?.key &&
    row.keyed?.generation === base.keyed?.generation &&
    hasSupervision(row, base)
  );
}

function hasSupervision({ supervision: own }: ActorRow, { supervision: other }: ActorRow): boolean {
  return (
    own.restarts === other.restarts &&
    own.backingOff === other.backingOff &&
    own.strategy === other.strategy &&
    own.policy === other.policy &&
    own.maxRestarts === other.maxRestarts &&
    own.windowMs === other.windowMs &&
    isSameList(own.links, other.links) &&
    isSameList(own.watches, other.watches)
  );
}

function isSameList(own: readonly string[], other: readonly string[]): boolean {
  return own.length === other.length && own.every((id, at) => id === other[at]);
}
