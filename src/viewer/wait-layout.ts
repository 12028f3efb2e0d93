import type { Deadlock, WaitRow } from "../wire/snapshot.ts";
import type { SystemModel } from "./model.ts";

/** Maximum number of actors drawn, for legibility. Deadlocked ones are drawn first. */
const MAX_NODES = 120;
/** Waits shorter than this are not drawn. */
export const BRIEF_MS = 300;
const COLUMN_WIDTH = 240;
const ROW_HEIGHT = 84;
/** Distance between neighbours on a ring, from centre to centre, and the radius of the smallest ring. */
const RING_SPACING = 210;
const SMALLEST_RADIUS = 170;
const MARGIN = 90;

/** An actor in the wait-for graph. */
export interface WaitNode {
  readonly id: string;
  readonly type: string;
  readonly x: number;
  readonly y: number;
  /** The deadlock it is part of. */
  readonly deadlockId: string | null;
  readonly stuck: boolean;
}

/** A wait of one actor for another. */
export interface WaitLink {
  readonly from: string;
  readonly to: string;
  readonly wait: WaitRow;
  /** Whether it is part of a deadlock. */
  readonly deadlocked: boolean;
}

/** The laid-out graph. Coordinates are those of the nodes' centres. */
export interface WaitGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly WaitNode[];
  readonly links: readonly WaitLink[];
  /** Number of waits omitted because of the limit. */
  readonly hidden: number;
  /**
   * Number of waits omitted because they have only just started. Most of them end before they could be read.
   */
  readonly brief: number;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

interface Group {
  readonly places: ReadonlyMap<string, Place>;
  readonly width: number;
  readonly height: number;
}

/** Lays out the wait-for graph: deadlocks as rings, actors that wait for others to the left of them. */
export function layOutWaits(system: SystemModel): WaitGraph {
  const every = allLinks(system);
  const { capturedAtMs } = system.state;
  const all = every.filter(
    ({ wait, deadlocked }) => deadlocked || capturedAtMs - wait.sinceAtMs >= BRIEF_MS,
  );
  const links = mostImportant(all);
  const groups = componentsOf(links).map((ids) => layOutGroup(ids, links, system.state.deadlocks));
  const places = new Map<string, Place>();
  let [top, width] = [0, 0];
  for (const group of groups) {
    for (const [id, { x, y }] of group.places) places.set(id, { x, y: y + top });
    top += group.height;
    width = Math.max(width, group.width);
  }
  const nodes = [...places].map(([id, place]) => toNode(id, place, system, links));
  const hidden = all.length - links.length;
  return { width, height: top, nodes, links, hidden, brief: every.length - all.length };
}

function allLinks({ entries, state }: SystemModel): WaitLink[] {
  const members = new Map<string, Set<string>>();
  for (const deadlock of state.deadlocks) {
    for (const { id, waits } of deadlock.members) {
      members.set(id, new Set(waits.map(({ targetId }) => targetId)));
    }
  }
  const links: WaitLink[] = [];
  for (const { row } of entries.values()) {
    for (const wait of row.waits) {
      const deadlocked = members.get(row.id)?.has(wait.targetId) ?? false;
      links.push({ from: row.id, to: wait.targetId, wait, deadlocked });
    }
  }
  return links;
}

/** Returns as many waits as can be drawn, deadlocked ones first. */
function mostImportant(links: readonly WaitLink[]): WaitLink[] {
  const drawn: WaitLink[] = [];
  const ids = new Set<string>();
  for (const link of links.toSorted((a, b) => Number(b.deadlocked) - Number(a.deadlocked))) {
    ids.add(link.from).add(link.to);
    if (ids.size > MAX_NODES) break;
    drawn.push(link);
  }
  return drawn;
}

function toNode(
  id: string,
  place: Place,
  { entries, state }: SystemModel,
  links: readonly WaitLink[],
): WaitNode {
  const target = links.find(({ to }) => to === id);
  return {
    id,
    type: entries.get(id)?.row.type ?? target?.wait.targetType ?? "",
    ...place,
    deadlockId:
      state.deadlocks.find(({ members }) => members.some((member) => member.id === id))?.id ?? null,
    stuck: state.stuck.some((handler) => handler.id === id),
  };
}

/** Returns the connected components, ignoring the direction of waits. */
function componentsOf(links: readonly WaitLink[]): string[][] {
  const near = new Map<string, Set<string>>();
  const join = (a: string, b: string): void => {
    const known = near.get(a);
    if (known === undefined) near.set(a, new Set([b]));
    else known.add(b);
  };
  for (const { from, to } of links) {
    join(from, to);
    join(to, from);
  }
  const seen = new Set<string>();
  const components: string[][] = [];
  for (const id of near.keys()) {
    if (seen.has(id)) continue;
    const component = [id];
    seen.add(id);
    for (let at = 0; at < component.length; at += 1) {
      for (const next of near.get(component[at] ?? "") ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        component.push(next);
      }
    }
    components.push(component);
  }
  return components;
}

function layOutGroup(
  ids: readonly string[],
  links: readonly WaitLink[],
  deadlocks: readonly Deadlock[],
): Group {
  const inside = new Set(ids);
  const ring = deadlocks
    .flatMap(({ members }) => members.map(({ id }) => id))
    .filter((id) => inside.has(id));
  const distances = distancesTo(ring.length > 0 ? ring : sinksOf(ids, links), links, inside);
  const layers = new Map<number, string[]>();
  const onRing = new Set(ring);
  for (const id of ids) {
    if (onRing.has(id)) continue;
    const distance = distances.get(id) ?? 0;
    const layer = layers.get(distance);
    if (layer === undefined) layers.set(distance, [id]);
    else layer.push(id);
  }
  return place([...onRing], layers);
}

/** Returns the actors that wait for no other; for a cycle that is no deadlock, its first actor. */
function sinksOf(ids: readonly string[], links: readonly WaitLink[]): readonly string[] {
  const waiting = new Set(links.map(({ from }) => from));
  const sinks = ids.filter((id) => !waiting.has(id));
  return sinks.length > 0 ? sinks : ids.slice(0, 1);
}

/** Returns the number of waits between each actor and a root. */
function distancesTo(
  roots: readonly string[],
  links: readonly WaitLink[],
  inside: ReadonlySet<string>,
): Map<string, number> {
  const waiters = Map.groupBy(links, ({ to }) => to);
  const distances = new Map(roots.map((id) => [id, 0]));
  const queue = [...roots];
  for (let at = 0; at < queue.length; at += 1) {
    const id = queue[at] ?? "";
    for (const { from } of waiters.get(id) ?? []) {
      if (distances.has(from) || !inside.has(from)) continue;
      distances.set(from, (distances.get(id) ?? 0) + 1);
      queue.push(from);
    }
  }
  return distances;
}

/** Places the ring on the right, and the layers to its left by distance. */
function place(ring: readonly string[], layers: ReadonlyMap<number, readonly string[]>): Group {
  const columns = [...layers].sort(([a], [b]) => b - a).map(([, ids]) => ids);
  const tallest = Math.max(0, ...columns.map((ids) => ids.length));
  const radius = radiusOf(ring.length);
  const height = Math.max(tallest * ROW_HEIGHT, ring.length > 0 ? 2 * radius + ROW_HEIGHT : 0);
  const places = new Map<string, Place>();
  for (const [column, ids] of columns.entries()) {
    for (const [row, id] of ids.entries()) {
      const y = height / 2 + (row - (ids.length - 1) / 2) * ROW_HEIGHT;
      places.set(id, { x: MARGIN + column * COLUMN_WIDTH, y });
    }
  }
  const middle = MARGIN + columns.length * COLUMN_WIDTH + radius;
  for (const [at, id] of ring.entries()) {
    const angle = (2 * Math.PI * at) / ring.length + Math.PI;
    places.set(id, {
      x: middle + radius * Math.cos(angle),
      y: height / 2 + radius * Math.sin(angle),
    });
  }
  const right =
    ring.length > 0
      ? middle + radius + MARGIN
      : columns.length * COLUMN_WIDTH - COLUMN_WIDTH + 2 * MARGIN;
  return { places, width: right, height: height + 24 };
}

function radiusOf(members: number): number {
  if (members < 2) return 0;
  return Math.max(SMALLEST_RADIUS, RING_SPACING / 2 / Math.sin(Math.PI / members));
}
