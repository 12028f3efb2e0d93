import type { ActorCell } from "./cell.ts";

/**
 * The children of an actor, or the top-level actors of a system, oldest first. A linked list through the
 * cells themselves, so that even a million members need no table.
 */
export class Family {
  #first: ActorCell | undefined;
  #last: ActorCell | undefined;
  #size = 0;

  /** The oldest member. */
  get first(): ActorCell | undefined {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  add(child: ActorCell): void {
    child.previousSibling = this.#last;
    if (this.#last === undefined) this.#first = child;
    else this.#last.nextSibling = child;
    this.#last = child;
    this.#size += 1;
  }

  /** Removes `child`, which must be a member. */
  remove(child: ActorCell): void {
    const { previousSibling, nextSibling } = child;
    if (previousSibling === undefined) this.#first = nextSibling;
    else previousSibling.nextSibling = nextSibling;
    if (nextSibling === undefined) this.#last = previousSibling;
    else nextSibling.previousSibling = previousSibling;
    child.previousSibling = undefined;
    child.nextSibling = undefined;
    this.#size -= 1;
  }

  /** Returns a copy of the members, since stopping a child changes the family. */
  members(): ActorCell[] {
    const members: ActorCell[] = [];
    for (let child = this.#first; child !== undefined; child = child.nextSibling) {
      members.push(child);
    }
    return members;
  }

  /** Calls `visit` with all members and descendants, parents before children. `visit` must not end any. */
  visit(visit: (cell: ActorCell) => void): void {
    const later: ActorCell[] = [];
    for (let cell = this.#first; cell !== undefined; cell = following(cell, later)) visit(cell);
  }

  /** Returns all members and descendants, parents before children. */
  everyone(): ActorCell[] {
    const cells: ActorCell[] = [];
    this.visit((cell) => cells.push(cell));
    return cells;
  }

  /** Yields all members and descendants, parents before children. */
  *descendants(): Generator<ActorCell> {
    const later: ActorCell[] = [];
    for (let cell = this.#first; cell !== undefined; cell = following(cell, later)) yield cell;
  }
}

/**
 * Returns the actor to visit after `cell`. A list instead of recursion, since a tree may be deeper than the stack.
 *
 * @param later siblings to visit once all descendants of their elders have been
 */
function following(
  { children, nextSibling }: ActorCell,
  later: ActorCell[],
): ActorCell | undefined {
  const child = children?.first;
  if (child !== undefined && nextSibling !== undefined) later.push(nextSibling);
  return child ?? nextSibling ?? later.pop();
}
