import type { ViewerModel } from "../../viewer/model.ts";
import { ALL_ACTORS, actorLines, type EntryLine, Layout } from "../../viewer/tree.ts";
import { type Order, sortKeyOf } from "./sort-by.ts";

/** Which actors the table shows, and how. */
export interface TableView {
  readonly order: Order;
  /** Part of a name, id or type; empty for all. With a filter the table is flat. */
  readonly filter: string;
  /** The only system to show; `undefined` for all. */
  readonly system: string | undefined;
  /** Ids of actors whose children are hidden. */
  readonly folded: ReadonlySet<string>;
}

/** Returns the rows of the table, parents before their children. */
export function tableRows(model: ViewerModel, view: TableView): readonly EntryLine[] {
  const { order, filter, system, folded } = view;
  const systems = [...model.systems.values()].filter(
    ({ name }) => system === undefined || name === system,
  );
  const { lines } = actorLines(systems, {
    ...ALL_ACTORS,
    text: filter,
    sort: sortKeyOf(order.by),
    descending: order.descending,
    layout: filter === "" ? Layout.Tree : Layout.Flat,
    foldExcept: [...folded],
  });
  return lines.filter((line) => line.kind === "actor");
}
