import type { ActorRow } from "../../wire/snapshot.ts";
import { comparator, type Order } from "./actor-order.ts";
import type { Troubles } from "./condition.ts";
import type { LiveActor } from "./live-actors.ts";

/** What of the actors is to be seen, and how. */
export interface TreeView {
  readonly order: Order;
  /** Part of a name, id or type; empty for all. With one the tree is flat. */
  readonly filter: string;
  /** The one system to see; `undefined` for all. */
  readonly system: string | undefined;
  /** Ids of actors whose children are hidden. */
  readonly folded: ReadonlySet<string>;
}

/** A line of the table. */
export interface TreeRow {
  readonly actor: LiveActor;
  /** How many ancestors it is drawn below. */
  readonly level: number;
  readonly fold: "open" | "closed" | "leaf";
  /** How many actors are hidden below it. */
  readonly hidden: number;
}

/** The rows to be seen, parents before their children. */
export function arrange(
  actors: Iterable<LiveActor>,
  view: TreeView,
  troubles: Troubles,
): readonly TreeRow[] {
  const compare = comparator(view.order, troubles);
  const wanted: LiveActor[] = [];
  const filter = view.filter.toLowerCase();
  for (const actor of actors) {
    if (view.system !== undefined && actor.system !== view.system) continue;
    if (matches(actor.row, filter)) wanted.push(actor);
  }
  if (filter !== "") {
    return wanted.sort(compare).map((actor) => ({ actor, level: 0, fold: "leaf", hidden: 0 }));
  }
  return grow(wanted, view.folded, compare);
}

/** Whether `filter`, in lower case, is part of what an actor goes by. */
export function matches({ id, name, type }: ActorRow, filter: string): boolean {
  if (filter === "") return true;
  return [id, name ?? "", type].some((text) => text.toLowerCase().includes(filter));
}

/** Who has which children; the key `null` stands for nobody. */
type Families = ReadonlyMap<string | null, LiveActor[]>;

function grow(
  actors: readonly LiveActor[],
  folded: ReadonlySet<string>,
  compare: (one: LiveActor, other: LiveActor) => number,
): readonly TreeRow[] {
  const families = familiesOf(actors);
  const rows: TreeRow[] = [];
  const stack: { readonly actor: LiveActor; readonly level: number }[] = [];
  const open = (id: string | null, level: number): void => {
    const children = families.get(id)?.sort(compare).toReversed() ?? [];
    for (const actor of children) stack.push({ actor, level });
  };
  open(null, 0);
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { actor, level } = next;
    const { id } = actor.row;
    if (!families.has(id)) {
      rows.push({ actor, level, fold: "leaf", hidden: 0 });
    } else if (folded.has(id)) {
      rows.push({ actor, level, fold: "closed", hidden: countBelow(id, families) });
    } else {
      rows.push({ actor, level, fold: "open", hidden: 0 });
      open(id, level + 1);
    }
  }
  return rows;
}

function familiesOf(actors: readonly LiveActor[]): Families {
  const ids = new Set(actors.map(({ row }) => row.id));
  return Map.groupBy(actors, ({ row }) => {
    // One whose parent is gone, which a grave may be, stands for itself.
    return row.parentId !== null && ids.has(row.parentId) ? row.parentId : null;
  });
}

function countBelow(id: string, families: Families): number {
  let count = 0;
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { row } of families.get(next) ?? []) {
      count += 1;
      open.push(row.id);
    }
  }
  return count;
}

/** Ids of all actors that `id` is below of, from its parent up. */
export function ancestorsOf(
  id: string | undefined,
  actors: ReadonlyMap<string, LiveActor>,
): ReadonlySet<string> {
  const found = new Set<string>();
  let parent = id === undefined ? null : actors.get(id)?.row.parentId;
  while (parent !== null && parent !== undefined && !found.has(parent)) {
    found.add(parent);
    parent = actors.get(parent)?.row.parentId;
  }
  return found;
}
