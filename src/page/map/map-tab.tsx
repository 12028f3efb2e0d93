import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { durationText, plural } from "../../viewer/format.ts";
import { filterEdges } from "../../viewer/map/edge-order.ts";
import { edgeId } from "../../viewer/map/edge-texts.ts";
import { layOutMap } from "../../viewer/map/map-layout.ts";
import type { SystemInteractions } from "../../wire/interactions.ts";
import { FilterText, Toolbar } from "../parts/controls.tsx";
import { Empty } from "../parts/empty.tsx";
import { useAnswer, useConsole } from "../state/console-context.ts";
import type { TabDefinition } from "../tabs/tab.ts";
import { EdgeDetail } from "./edge-detail.tsx";
import { EdgeTable } from "./edge-table.tsx";
import { MapView } from "./map-view.tsx";

const REFRESH_MS = 2_000;

/** Who talks to whom, by type of actor. */
export const mapTab: TabDefinition = { id: "map", label: "Map", icon: "map", Content: MapTab };

function MapTab(): JSX.Element {
  const { state, controller } = useConsole();
  const { source } = controller;
  const system = state.view?.system?.system.name ?? "";
  const answer = useAnswer(
    `map ${source.live} ${system}`,
    () => source.interactions(system),
    source.live ? REFRESH_MS : 0,
  );
  if (answer !== null && answer.problem !== null) {
    return (
      <Empty icon="map" title="The map cannot be shown">
        {answer.problem}
      </Empty>
    );
  }
  const found = answer?.value?.find((each) => each.system === system);
  if (found === undefined) return <div class="tab-body" />;
  if (found.edges.length === 0) {
    return (
      <Empty icon="map" title="No messages yet">
        Types of actors appear here once messages are sent to them.
      </Empty>
    );
  }
  return <Filled found={found} />;
}

function Filled({ found }: { readonly found: SystemInteractions }): JSX.Element {
  const { state, controller } = useConsole();
  const { edges, windowMs, hidden } = found;
  const { q = "", open = "" } = state.route.params;
  const rows = useMemo(() => filterEdges(edges, q), [edges, q]);
  const map = useMemo(() => layOutMap(rows), [rows]);
  const opened = edges.find((row) => edgeId(row) === open);
  const onOpen = (id: string): void =>
    controller.setParams({ open: id === open ? "" : id }, "push");
  return (
    <div class="tab-body map">
      <Toolbar>
        <FilterText param="q" label="Filter by type" />
        <span class="toolbar-end faint" role="status">
          {plural(rows.length, "pair")} of types
          {hidden === 0 ? "" : `, ${plural(hidden, "more pair")} not read`}, rates of the last{" "}
          {durationText(windowMs)}
          {state.atMs === null ? "" : ", as of now"}
        </span>
      </Toolbar>
      {rows.length === 0 ? (
        <Empty icon="search" title="No type matches the filter" />
      ) : (
        <>
          <MapView map={map} open={open} onOpen={onOpen} />
          {opened === undefined ? null : <EdgeDetail row={opened} windowMs={windowMs} />}
          <div class="map-table">
            <EdgeTable rows={rows} open={open} onOpen={onOpen} />
          </div>
        </>
      )}
    </div>
  );
}
