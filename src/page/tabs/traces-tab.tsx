import type { JSX } from "preact";
import type { TracesView } from "../../viewer/console-view.ts";
import { clockText, countText, durationText, plural } from "../../viewer/format.ts";
import { traceQuery } from "../../viewer/queries.ts";
import { TraceSort } from "../../viewer/traces/trace-buffer.ts";
import type { TraceRow } from "../../wire/answers.ts";
import { FilterChoice, FilterText, Toolbar } from "../parts/controls.tsx";
import { Empty } from "../parts/empty.tsx";
import { type Column, Grid } from "../parts/grid.tsx";
import { Icon } from "../parts/icon.tsx";
import { useConsole } from "../state/console-context.ts";
import type { TabDefinition } from "./tab.ts";
import { TracePane } from "./trace-pane.tsx";

const ROW_HEIGHT = 30;

const LEAST: readonly (readonly [string, string])[] = [
  ["", "any"],
  ["1", "≥ 1 ms"],
  ["10", "≥ 10 ms"],
  ["100", "≥ 100 ms"],
  ["1000", "≥ 1 s"],
];

/** Recent traces. */
export const tracesTab: TabDefinition = {
  id: "traces",
  label: "Traces",
  icon: "traces",
  Content: TracesTab,
};

function TracesTab(): JSX.Element {
  const { state } = useConsole();
  const traces = state.view?.traces ?? null;
  const open = state.route.params["open"] ?? "";
  return (
    <div class="tab-body">
      <TracesToolbar traces={traces} />
      <div class={open === "" ? "split" : "split split-open"}>
        <div class="split-list">
          {traces === null ? null : <TraceList traces={traces} open={open} />}
        </div>
        {open === "" ? null : <TracePane key={open} traceId={open} />}
      </div>
    </div>
  );
}

function TracesToolbar({ traces }: { readonly traces: TracesView | null }): JSX.Element {
  const { controller } = useConsole();
  const types = traces?.types ?? [];
  return (
    <Toolbar>
      <FilterText param="q" label="Filter by name or trace id" />
      <FilterChoice
        param="type"
        label="Actor"
        options={[["", "all"], ...types.map((type) => [type, type] as const)]}
      />
      <FilterChoice
        param="errors"
        label="Errors"
        options={[
          ["", "with and without"],
          ["1", "only"],
        ]}
      />
      <FilterChoice param="min" label="Duration" options={LEAST} />
      {traces === null || traces.newer === 0 ? null : (
        <button type="button" class="button" onClick={() => controller.holdTraces(false)}>
          <Icon name="ascending" />
          {plural(traces.newer, "newer trace")}
        </button>
      )}
      <span class="toolbar-end faint" role="status">
        {traces === null ? "" : `${countText(traces.total)} of ${plural(traces.all, "trace")}`}
      </span>
    </Toolbar>
  );
}

interface TraceListProps {
  readonly traces: TracesView;
  readonly open: string;
}

function TraceList({ traces, open }: TraceListProps): JSX.Element {
  const { state, controller } = useConsole();
  const { sort } = traceQuery(state.route.params);
  if (traces.total === 0) return <NoTraces all={traces.all} />;
  return (
    <Grid<TraceRow>
      role="grid"
      label="Traces"
      columns={open === "" ? wideColumns(traces.longestMs) : narrowColumns(traces.longestMs)}
      rows={traces.rows}
      from={traces.from}
      total={traces.total}
      rowHeight={ROW_HEIGHT}
      rowId={({ traceId }) => traceId}
      rowLook={({ traceId }) => ({ selected: traceId === open })}
      cursor={state.cursors.traces}
      onCursor={(id) => controller.setCursor("traces", id)}
      onOpen={(id) => {
        controller.holdTraces(id !== open);
        controller.setParams({ open: id === open ? "" : id }, "push");
      }}
      onWindow={(window) => controller.setWindow("traces", window)}
      sort={{ key: sort, descending: true }}
      onSort={(key) => controller.setParams({ sort: key === TraceSort.Recent ? "" : key })}
    />
  );
}

function wideColumns(longestMs: number): readonly Column<TraceRow>[] {
  const [time, name, duration] = narrowColumns(longestMs);
  if (time === undefined || name === undefined || duration === undefined) return [];
  return [
    time,
    name,
    {
      key: "types",
      head: "Actors",
      width: "30%",
      cell: ({ actorTypes }) => <Types types={actorTypes} />,
    },
    {
      key: TraceSort.Spans,
      head: "Spans",
      width: "76px",
      right: true,
      sortable: true,
      cell: ({ spans }) => countText(spans),
    },
    { ...duration, width: "190px" },
  ];
}

function narrowColumns(longestMs: number): readonly Column<TraceRow>[] {
  return [
    {
      key: TraceSort.Recent,
      head: "Time",
      width: "84px",
      sortable: true,
      cell: ({ startedAtMs }) => <span class="faint">{clockText(startedAtMs)}</span>,
    },
    { key: "name", head: "Trace", cell: (row) => <TraceName row={row} /> },
    {
      key: TraceSort.Duration,
      head: "Duration",
      width: "120px",
      right: true,
      sortable: true,
      cell: (row) => <TraceDuration row={row} longestMs={longestMs} />,
    },
  ];
}

function TraceName({ row }: { readonly row: TraceRow }): JSX.Element {
  const { name, errors, complete } = row;
  return (
    <span class="name">
      <span class="ellipsis">{name}</span>
      {errors > 0 ? (
        <span class="tag tag-bad">
          <Icon name="failed" />
          {plural(errors, "error")}
        </span>
      ) : null}
      {complete ? null : <span class="tag">open</span>}
    </span>
  );
}

function Types({ types }: { readonly types: readonly string[] }): JSX.Element {
  return <span class="ellipsis faint">{types.join(", ")}</span>;
}

function TraceDuration({
  row,
  longestMs,
}: {
  readonly row: TraceRow;
  readonly longestMs: number;
}): JSX.Element {
  const share = longestMs > 0 ? row.durationMs / longestMs : 0;
  return (
    <span class="duration">
      <span class={row.errors > 0 ? "meter meter-bad" : "meter"} aria-hidden="true">
        <span style={{ width: `${Math.max(1, share * 100)}%` }} />
      </span>
      <span class="duration-text">{durationText(row.durationMs)}</span>
    </span>
  );
}

function NoTraces({ all }: { readonly all: number }): JSX.Element {
  return all === 0 ? (
    <Empty icon="traces" title="No traces yet">
      A trace appears when the first message of it has been handled, if telemetry runs and the trace
      is sampled.
    </Empty>
  ) : (
    <Empty icon="search" title="No trace matches the filter">
      The console holds {plural(all, "trace")}. Clear the filter to see them.
    </Empty>
  );
}
