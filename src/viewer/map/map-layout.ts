import type { InteractionRow } from "../../wire/interactions.ts";
import { edgeId, senderName } from "./edge-texts.ts";

/** Maximum number of edges drawn, for legibility: those with the most messages. */
export const MAX_DRAWN = 100;
/** Edges with a label; more would cover each other. */
const MAX_LABELS = 30;
const COLUMN_WIDTH = 288;
const ROW_HEIGHT = 76;
const MARGIN = { x: 96, y: 56 };
/** Rounds of ordering the nodes of each column by their neighbours. */
const SWEEPS = 4;
const MAX_WIDTH = 7;

/** A type of actors, or a kind of sender that is none. */
export interface MapNode {
  readonly name: string;
  /** `null` for what is no type. */
  readonly type: string | null;
  readonly x: number;
  readonly y: number;
}

/** An edge between two nodes. */
export interface MapLink {
  readonly id: string;
  readonly row: InteractionRow;
  readonly from: MapNode;
  readonly to: MapNode;
  /** Width of its line, by the rate. */
  readonly width: number;
  readonly labelled: boolean;
}

/** The laid-out map. Coordinates are those of the nodes' centres. */
export interface InteractionMap {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly MapNode[];
  readonly links: readonly MapLink[];
  /** The edges that are not drawn, and their recent messages. */
  readonly hidden: { readonly edges: number; readonly sent: number };
}

/** The neighbours of the nodes, without edges that lead back to their own node. */
interface Neighbours {
  readonly names: readonly string[];
  readonly after: ReadonlyMap<string, readonly string[]>;
  readonly before: ReadonlyMap<string, readonly string[]>;
}

/** Lays the edges out in columns: each type is one column after the first of those that send to it. */
export function layOutMap(rows: readonly InteractionRow[]): InteractionMap {
  const sorted = rows.toSorted((a, b) => b.recent.sent - a.recent.sent || b.sent - a.sent);
  const drawn = sorted.slice(0, MAX_DRAWN);
  const rest = sorted.slice(MAX_DRAWN);
  const neighbours = neighboursOf(drawn);
  const columns = orderColumns(columnsOf(neighbours), neighbours);
  const nodes = placeNodes(columns, typesOf(drawn));
  const busiest = Math.max(0, ...drawn.map(({ recent }) => recent.sent));
  const links = drawn.flatMap((row, at) => {
    const [from, to] = [nodes.get(senderName(row)), nodes.get(row.to)];
    if (from === undefined || to === undefined) return [];
    const width = widthOf(row.recent.sent, busiest);
    return [{ id: edgeId(row), row, from, to, width, labelled: at < MAX_LABELS }];
  });
  const tallest = Math.max(1, ...columns.map(({ length }) => length));
  return {
    width: Math.max(0, columns.length - 1) * COLUMN_WIDTH + 2 * MARGIN.x,
    height: (tallest - 1) * ROW_HEIGHT + 2 * MARGIN.y,
    nodes: [...nodes.values()],
    links,
    hidden: { edges: rest.length, sent: rest.reduce((sum, { recent }) => sum + recent.sent, 0) },
  };
}

/** Returns the width of a line: 1 without messages, up to {@link MAX_WIDTH} for the busiest. */
function widthOf(sent: number, busiest: number): number {
  if (sent === 0) return 1;
  return 1.5 + (MAX_WIDTH - 1.5) * Math.sqrt(sent / busiest);
}

function typesOf(rows: readonly InteractionRow[]): ReadonlySet<string> {
  return new Set(rows.flatMap(({ from, to }) => (from === null ? [to] : [from, to])));
}

function neighboursOf(rows: readonly InteractionRow[]): Neighbours {
  const names = new Set<string>();
  const after = new Map<string, string[]>();
  const before = new Map<string, string[]>();
  for (const row of rows) {
    const from = senderName(row);
    const { to } = row;
    names.add(from).add(to);
    if (from === to) continue;
    after.set(from, [...(after.get(from) ?? []), to]);
    before.set(to, [...(before.get(to) ?? []), from]);
  }
  return { names: [...names], after, before };
}

/** Returns the columns: first those to whom no other sends, then what can be reached from them, by distance. */
function columnsOf({ names, after, before }: Neighbours): string[][] {
  const distance = new Map<string, number>();
  const spread = (start: readonly string[]): void => {
    let reached = start.filter((name) => !distance.has(name));
    for (let column = 0; reached.length > 0; column += 1) {
      for (const name of reached) distance.set(name, column);
      const next = reached.flatMap((name) => after.get(name) ?? []);
      reached = [...new Set(next)].filter((name) => !distance.has(name));
    }
  };
  spread(names.filter((name) => !before.has(name)));
  // What is left are circles that nothing outside of them sends to. The busiest comes first.
  for (const name of names) spread([name]);
  const columns: string[][] = [];
  for (const name of names) {
    const column = distance.get(name) ?? 0;
    columns[column] = [...(columns[column] ?? []), name];
  }
  return columns;
}

/** Orders each column by the mean place of the neighbours, so that fewer lines cross. */
function orderColumns(columns: string[][], { after, before }: Neighbours): string[][] {
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const places = new Map<string, number>();
    for (const column of columns) {
      column.forEach((name, at) => {
        places.set(name, at - (column.length - 1) / 2);
      });
    }
    const side = sweep % 2 === 0 ? before : after;
    const wanted = (name: string): number => {
      const others = side.get(name) ?? [];
      if (others.length === 0) return places.get(name) ?? 0;
      return others.reduce((sum, other) => sum + (places.get(other) ?? 0), 0) / others.length;
    };
    for (const column of columns) column.sort((a, b) => wanted(a) - wanted(b));
  }
  return columns;
}

function placeNodes(
  columns: readonly (readonly string[])[],
  types: ReadonlySet<string>,
): ReadonlyMap<string, MapNode> {
  const nodes = new Map<string, MapNode>();
  const tallest = Math.max(0, ...columns.map(({ length }) => length));
  columns.forEach((column, at) => {
    // A column that is shorter is centred.
    const top = MARGIN.y + ((tallest - column.length) * ROW_HEIGHT) / 2;
    column.forEach((name, row) => {
      const x = MARGIN.x + at * COLUMN_WIDTH;
      nodes.set(name, {
        name,
        type: types.has(name) ? name : null,
        x,
        y: top + row * ROW_HEIGHT,
      });
    });
  });
  return nodes;
}
