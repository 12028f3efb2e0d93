import type { ClusterMoveRow } from "../../wire/cluster.ts";
import { keyIdOf } from "../../wire/keys.ts";
import { ownerAt } from "../protocol/address.ts";
import type { PlacementReason } from "../protocol/placement-record.ts";
import { MAX_MOVES } from "./node-facts.ts";

/** Moves that a node remembers. */
const KEPT = 1_000;

/** A move, as a coordinator has decided it. */
export interface DecidedMove {
  readonly address: string;
  /** The runner that had the actor; `undefined` if none had. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly generation: number;
  readonly reason: PlacementReason;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** Which moves are wanted. */
export interface MoveQuery {
  /** Id of a key; without it those of all keys. */
  readonly id?: string;
  /** Whether only those are wanted that this node has decided itself. */
  readonly isOwn?: boolean;
}

/**
 * The last moves in the cluster (C18): those that this node has decided as the coordinator, and those that other coordinators
 * have told of. So they outlive the coordinator that has decided them.
 */
export class MoveBook {
  readonly #by: () => string;
  /** In the order in which they were learned of, by their identity. */
  readonly #moves = new Map<string, { readonly row: ClusterMoveRow; readonly isOwn: boolean }>();
  #decided: (row: ClusterMoveRow) => void = () => {};

  /** @param by returns the id of the node, as it is in its facts */
  constructor(by: () => string) {
    this.#by = by;
  }

  /** Calls `listener` with each move that this node decides. */
  onDecided(listener: (row: ClusterMoveRow) => void): void {
    this.#decided = listener;
  }

  /** Adds a move that this node has decided. */
  add({ address, from, to, generation, reason, atMs }: DecidedMove): void {
    const owner = ownerAt(address);
    if (owner === undefined) return;
    const id = keyIdOf(owner.type, owner.keyText);
    const row = {
      id,
      from: from ?? null,
      to: to ?? null,
      generation,
      reason,
      atMs,
      by: this.#by(),
    };
    this.#keep(row, true);
    this.#decided(row);
  }

  /** Adds moves that another node has decided. */
  learn(rows: readonly ClusterMoveRow[]): void {
    for (const row of rows) this.#keep(row, false);
  }

  /** Returns the last moves, newest first, at most {@link MAX_MOVES}. */
  last({ id, isOwn = false }: MoveQuery = {}): readonly ClusterMoveRow[] {
    const wanted = [...this.#moves.values()].filter(
      (move) => (id === undefined || move.row.id === id) && (!isOwn || move.isOwn),
    );
    return newestMoves(wanted.map(({ row }) => row));
  }

  #keep(row: ClusterMoveRow, isOwn: boolean): void {
    const identity = identityOf(row);
    if (this.#moves.has(identity)) return;
    this.#moves.set(identity, { row, isOwn });
    if (this.#moves.size <= KEPT) return;
    for (const oldest of this.#moves.keys()) {
      this.#moves.delete(oldest);
      return;
    }
  }
}

/** Returns the last of `rows`, newest first, each once. */
export function newestMoves(rows: readonly ClusterMoveRow[]): readonly ClusterMoveRow[] {
  const each = new Map(rows.map((row) => [identityOf(row), row]));
  return [...each.values()]
    .sort((one, other) => other.atMs - one.atMs || other.generation - one.generation)
    .slice(0, MAX_MOVES);
}

/** A generation is decided once. */
function identityOf({ id, generation, atMs }: ClusterMoveRow): string {
  return `${generation} ${atMs} ${id}`;
}
