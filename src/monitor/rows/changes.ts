import type { ActorCell } from "../../actor/cell/cell.ts";
import type { CellExtras } from "../../actor/cell/cell-extras.ts";
import type { ActorRow } from "../../wire/snapshot.ts";
import { cellOf, type WaitEdge } from "../waits/wait-picture.ts";
import { keyedMark } from "./keyed-rows.ts";

const NO_WAITS: readonly WaitEdge[] = [];

/** State an actor had in its extras. Exists only for actors that have extras. */
class SeenExtras {
  readonly #children: number;
  readonly #timers: number;
  readonly #tasks: number;
  readonly #parked: number;
  readonly #restarts: number;
  readonly #lastError: Error | undefined;
  readonly #backingOff: boolean;
  readonly #linked: readonly ActorCell[];

  constructor(extras: CellExtras) {
    const { children, timers, tasks, parked, restarts, lastError, backOff } = extras;
    this.#children = children.size;
    this.#timers = timers.size;
    this.#tasks = taskMark(tasks);
    this.#parked = parked?.size ?? 0;
    this.#restarts = restarts;
    this.#lastError = lastError;
    this.#backingOff = backOff?.waiting === true;
    this.#linked = linkedWith(extras);
  }

  differs(extras: CellExtras): boolean {
    const { children, timers, tasks, parked, restarts, lastError, backOff } = extras;
    const linked = linkedWith(extras);
    return (
      this.#children !== children.size ||
      this.#timers !== timers.size ||
      this.#tasks !== taskMark(tasks) ||
      this.#parked !== (parked?.size ?? 0) ||
      this.#restarts !== restarts ||
      this.#lastError !== lastError ||
      this.#backingOff !== (backOff?.waiting === true) ||
      this.#linked.length !== linked.length ||
      linked.some((cell, at) => cell !== this.#linked[at])
    );
  }
}

const NOBODY: readonly ActorCell[] = [];

function linkedWith({ links }: CellExtras): readonly ActorCell[] {
  return links === undefined ? NOBODY : [...links.linked, ...links.watched];
}

/** Returns a number that identifies the current tasks. Their count would not show a replaced task. */
function taskMark(tasks: CellExtras["tasks"]): number {
  let mark = 0;
  for (const { startedMs } of tasks) mark += startedMs;
  return mark;
}

/** State of an actor when its row was built: plain values that change whenever the row would. */
export class SeenActor {
  row: ActorRow;
  /** The sequence at which its row last changed. */
  sequence: number;
  /** Number of the last scan that found the actor. */
  look: number;
  #state: ActorCell["state"];
  #taken: number;
  #depth: number;
  #blocked: boolean;
  #extras: SeenExtras | undefined;
  #waits: readonly WaitEdge[];
  readonly #keyed: number;

  /** @param look number of the scan in which the row was built, which is also its sequence */
  constructor(
    cell: ActorCell,
    waits: readonly WaitEdge[] | undefined,
    row: ActorRow,
    look: number,
  ) {
    this.row = row;
    this.sequence = look;
    this.look = look;
    this.#state = cell.state;
    this.#taken = cell.taken;
    this.#depth = cell.depth;
    this.#blocked = cell.blocked;
    this.#extras = cell.extrasIfAny === undefined ? undefined : new SeenExtras(cell.extrasIfAny);
    this.#waits = waits ?? NO_WAITS;
    this.#keyed = keyedMark(cell);
  }

  /** Returns whether the row must be rebuilt. */
  differs(cell: ActorCell, waits: readonly WaitEdge[] | undefined): boolean {
    return (
      this.#taken !== cell.taken ||
      this.#depth !== cell.depth ||
      this.#state !== cell.state ||
      this.#blocked !== cell.blocked ||
      this.#extrasDiffer(cell.extrasIfAny) ||
      this.#keyed !== keyedMark(cell) ||
      this.#waitsDiffer(waits ?? NO_WAITS)
    );
  }

  #extrasDiffer(extras: CellExtras | undefined): boolean {
    if (extras === undefined) return false; // extras are never removed
    return this.#extras === undefined || this.#extras.differs(extras);
  }

  #waitsDiffer(waits: readonly WaitEdge[]): boolean {
    const before = this.#waits;
    if (before === waits) return false;
    if (before.length !== waits.length) return true;
    return waits.some((edge, at) => !isSame(edge, before[at] as WaitEdge));
  }
}

/** Returns whether two scans saw the same wait. A wait for an ask is identified by the ask. */
function isSame(edge: WaitEdge, before: WaitEdge): boolean {
  return (
    edge.wait === before.wait && edge.kind === before.kind && cellOf(edge.to) === cellOf(before.to)
  );
}
