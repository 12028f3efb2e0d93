import type { ClusterMoveRow } from "../../wire/cluster.ts";
import { keyIdOf } from "../../wire/keys.ts";
import { ownerAt } from "../protocol/address.ts";
import type { PlacementReason } from "../protocol/placement-record.ts";
import { MAX_MOVES } from "./node-facts.ts";

/** Moves that a coordinator remembers. */
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

/** The last moves that one node has decided as the coordinator: who, when and why (C18). */
export class MoveBook {
  readonly #by: () => string;
  readonly #moves: ClusterMoveRow[] = [];

  /** @param by returns the id of the node, as it is in its facts */
  constructor(by: () => string) {
    this.#by = by;
  }

  add({ address, from, to, generation, reason, atMs }: DecidedMove): void {
    const owner = ownerAt(address);
    if (owner === undefined) return;
    const id = keyIdOf(owner.type, owner.keyText);
    this.#moves.push({
      id,
      from: from ?? null,
      to: to ?? null,
      generation,
      reason,
      atMs,
      by: this.#by(),
    });
    if (this.#moves.length > 2 * KEPT) this.#moves.splice(0, this.#moves.length - KEPT);
  }

  /** Returns the last moves, newest first. @param id of a key; without it those of all keys */
  last(id: string | undefined): readonly ClusterMoveRow[] {
    const found: ClusterMoveRow[] = [];
    for (let at = this.#moves.length - 1; at >= 0 && found.length < MAX_MOVES; at -= 1) {
      const move = this.#moves[at];
      if (move !== undefined && (id === undefined || move.id === id)) found.push(move);
    }
    return found;
  }
}
