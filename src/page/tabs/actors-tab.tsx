import type { JSX } from "preact";
import type { ActorsView } from "../../viewer/console-view.ts";
import { countText, plural } from "../../viewer/format.ts";
import { actorQuery } from "../../viewer/queries.ts";
import { Layout, SortKey } from "../../viewer/tree.ts";
import { Condition } from "../../wire/condition.ts";
import { FilterChoice, FilterSwitch, FilterText, IconButton, Toolbar } from "../parts/controls.tsx";
import { Empty } from "../parts/empty.tsx";
import { Grid } from "../parts/grid.tsx";
import { useConsole } from "../state/console-context.ts";
import { type AnyLine, actorColumns, lineLook } from "./actor-columns.tsx";
import type { TabDefinition } from "./tab.ts";

const ROW_HEIGHT = 30;

const STATES: readonly (readonly [string, string])[] = [
  ["", "all"],
  ["problem", "problems"],
  ...Object.values(Condition).map((name) => [name, name] as const),
];
const LAYOUTS: readonly (readonly [string, string])[] = [
  ["", "Tree"],
  [Layout.Flat, "Flat"],
  [Layout.Types, "By type"],
];
/** Columns that are sorted ascending at first. All others start with the highest value. */
const ASCENDING_FIRST: ReadonlySet<string> = new Set([SortKey.Actor, SortKey.Type]);

/** Every actor of the system and its condition. */
export const actorsTab: TabDefinition = {
  id: "actors",
  label: "Actors",
  icon: "actors",
  Content: ActorsTab,
};

function ActorsTab(): JSX.Element {
  const { actors } = useConsole().state.view ?? {};
  if (actors === undefined || actors === null) return <div class="tab-body" />;
  return (
    <div class="tab-body">
      <ActorsToolbar actors={actors} />
      {actors.total === 0 ? <NoActors all={actors.all} /> : <ActorsGrid actors={actors} />}
    </div>
  );
}

interface ActorsProps {
  readonly actors: ActorsView;
}

function ActorsToolbar({ actors }: ActorsProps): JSX.Element {
  const { state, controller } = useConsole();
  const { matching, all, types } = actors;
  const { layout } = actorQuery(state.route.params);
  const running = Math.min(all, state.view?.system?.totals.active ?? all);
  return (
    <Toolbar>
      <FilterText param="q" label="Filter by id or name" />
      <FilterChoice
        param="type"
        label="Type"
        options={[["", "all"], ...types.map((type) => [type, type] as const)]}
      />
      <FilterChoice param="state" label="State" options={STATES} />
      <FilterSwitch param="layout" label="Layout" options={LAYOUTS} />
      {layout === Layout.Flat ? null : (
        <>
          <IconButton icon="fold" label="Fold all" onClick={() => controller.foldAll(true)} />
          <IconButton icon="unfold" label="Unfold all" onClick={() => controller.foldAll(false)} />
        </>
      )}
      <span class="toolbar-end faint" role="status">
        {matching === all
          ? `${countText(running)} running, ${countText(all - running)} stopped`
          : `${countText(matching)} of ${plural(all, "actor")}`}
      </span>
    </Toolbar>
  );
}

function ActorsGrid({ actors }: ActorsProps): JSX.Element {
  const { state, controller } = useConsole();
  const { params } = state.route;
  const { sort, descending, layout } = actorQuery(params);
  const actorId = params["actor"] ?? "";
  const sortBy = (key: string): void => {
    const first = !ASCENDING_FIRST.has(key);
    if (sort !== key) controller.setParams({ sort: key, desc: first ? "1" : "" });
    else if (descending === first) controller.setParams({ desc: first ? "" : "1" });
    else controller.setParams({ sort: "", desc: "" });
  };
  const open = (id: string): void => {
    const line = actors.lines.find((candidate) => candidate.id === id);
    if (line?.kind === "type") controller.toggleFold(id, !line.open);
    else controller.openActor(id === actorId ? "" : id);
  };
  return (
    <Grid<AnyLine>
      role="treegrid"
      label="Actors"
      columns={actorColumns(layout, actors)}
      rows={actors.lines}
      from={actors.from}
      total={actors.total}
      rowHeight={ROW_HEIGHT}
      rowId={({ id }) => id}
      rowLook={(line) => lineLook(line, layout, actorId)}
      cursor={state.cursors.actors}
      onCursor={(id) => controller.setCursor("actors", id)}
      onOpen={open}
      onToggle={(id, unfold) => controller.toggleFold(id, unfold)}
      onWindow={(window) => controller.setWindow("actors", window)}
      sort={{ key: sort, descending }}
      onSort={sortBy}
    />
  );
}

function NoActors({ all }: { readonly all: number }): JSX.Element {
  return all === 0 ? (
    <Empty icon="actors" title="No actors yet">
      Actors appear here when the system spawns the first one.
    </Empty>
  ) : (
    <Empty icon="search" title="No actor matches the filter">
      There are {plural(all, "actor")} in all. Clear the filter to see them.
    </Empty>
  );
}
