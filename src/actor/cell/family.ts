import type { ActorCell } from "./cell.ts";

/**
 * The children of an actor, or the top-level actors of a system, oldest first. A linked list through the
 * cells themselves, so that even a million members need no table.
 */
export class Family {
  #first: ActorCell | undefined;
  #last: ActorCell | undefined;
  #size = 0;

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
    for (let child = this.#first; child !== undefined; child = child.nextSibling) {
      visit(child);
      child.children?.visit(visit);
    }
  }

  /** Yields all members and descendants, parents before children. */
  *descendants(): Generator<ActorCell> {
    for (let child = this.#first; child !== undefined; child = child.nextSibling) {
      yield child;
      const { children } = child;
      if (children !== undefined) yield* children.descendants();
    }
  }
}
