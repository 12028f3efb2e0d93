import type { JSX } from "preact";
import type { LogsView } from "../../viewer/console-view.ts";
import { countText, plural, preciseClockText } from "../../viewer/format.ts";
import { fieldsText, valueText } from "../../viewer/log-buffer.ts";
import type { LogRow } from "../../wire/answers.ts";
import { FilterChoice, FilterText, IconButton, Toolbar } from "../parts/controls.tsx";
import { Empty } from "../parts/empty.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { type Column, Grid } from "../parts/grid.tsx";
import { ActorLink, TraceLink } from "../parts/links.tsx";
import { LevelTag } from "../parts/log-lines.tsx";
import { useConsole } from "../state/console-context.ts";
import type { TabDefinition } from "./tab.ts";

const ROW_HEIGHT = 24;

const LEVELS: readonly (readonly [string, string])[] = [
  ["", "all"],
  ["20", "debug and up"],
  ["30", "info and up"],
  ["40", "warn and up"],
  ["50", "error and up"],
];

/** Log lines of the process, as they are written. */
export const logsTab: TabDefinition = {
  id: "logs",
  label: "Logs",
  icon: "logs",
  Content: LogsTab,
};

const COLUMNS: readonly Column<LogRow>[] = [
  {
    key: "time",
    head: "Time",
    width: "122px",
    cell: ({ atMs }) => <span class="faint">{preciseClockText(atMs)}</span>,
  },
  { key: "level", head: "Level", width: "64px", cell: ({ level }) => <LevelTag level={level} /> },
  {
    key: "actor",
    head: "Actor",
    width: "170px",
    cell: ({ actorId }) => (actorId === null ? null : <ActorLink id={actorId} />),
  },
  { key: "text", head: "Line", cell: (row) => <Line row={row} /> },
  {
    key: "trace",
    head: "Trace",
    width: "92px",
    cell: ({ traceId }) => (traceId === null ? null : <TraceLink traceId={traceId} />),
  },
];

function Line({ row }: { readonly row: LogRow }): JSX.Element {
  return (
    <span class="ellipsis">
      {row.msg} <span class="faint">{fieldsText(row.fields)}</span>
    </span>
  );
}

function LogsTab(): JSX.Element {
  const { state, controller } = useConsole();
  const logs = state.view?.logs ?? null;
  if (logs === null) return <div class="tab-body" />;
  const opened = Number(state.route.params["line"] ?? Number.NaN);
  const line = logs.lines.find(({ sequence }) => sequence === opened);
  return (
    <div class="tab-body">
      <LogsToolbar logs={logs} />
      {logs.total === 0 ? <NoLines all={logs.all} /> : <LogGrid logs={logs} opened={opened} />}
      {line === undefined ? null : (
        <LineDetail line={line} onClose={() => controller.setParams({ line: "" })} />
      )}
    </div>
  );
}

function LogsToolbar({ logs }: { readonly logs: LogsView }): JSX.Element {
  const { state, controller } = useConsole();
  const { total, all, dropped } = logs;
  return (
    <Toolbar>
      <FilterText param="q" label="Filter by text" />
      <FilterChoice param="level" label="Level" options={LEVELS} />
      <FilterText param="of" label="Actor id or type" />
      <FilterText param="trace" label="Trace id" />
      <IconButton
        icon="follow"
        label="Follow"
        wide
        pressed={state.followLogs}
        onClick={() => controller.followLogs(!state.followLogs)}
      />
      <span class="toolbar-end faint" role="status">
        {total === all ? plural(all, "line") : `${countText(total)} of ${plural(all, "line")}`}
        {dropped > 0 ? `, ${countText(dropped)} older ones dropped` : ""}
      </span>
    </Toolbar>
  );
}

function LogGrid({
  logs,
  opened,
}: {
  readonly logs: LogsView;
  readonly opened: number;
}): JSX.Element {
  const { state, controller } = useConsole();
  return (
    <div class="log" role="log" aria-label="Log lines" aria-live="off">
      <Grid<LogRow>
        role="grid"
        label="Log lines"
        columns={COLUMNS}
        rows={logs.lines}
        from={logs.from}
        total={logs.total}
        rowHeight={ROW_HEIGHT}
        rowId={({ sequence }) => String(sequence)}
        rowLook={({ level, sequence }) => ({
          className: level >= 50 ? "row-error" : level >= 40 ? "row-warn" : "",
          selected: sequence === opened,
        })}
        cursor={state.cursors.logs}
        onCursor={(id) => {
          controller.followLogs(false);
          controller.setCursor("logs", id);
        }}
        onOpen={(id) => controller.setParams({ line: id === String(opened) ? "" : id })}
        onWindow={(window) => controller.setWindow("logs", window)}
        follow={state.followLogs && state.atMs === null}
        onFollow={(follow) => controller.followLogs(follow)}
      />
    </div>
  );
}

interface LineDetailProps {
  readonly line: LogRow;
  readonly onClose: () => void;
}

function LineDetail({ line, onClose }: LineDetailProps): JSX.Element {
  const { atMs, level, msg, event, actorId, actorType, traceId, spanId, fields } = line;
  return (
    <section class="line-detail" aria-label="Log line">
      <header>
        <LevelTag level={level} />
        <h3>{msg}</h3>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <Facts>
        <Fact name="time">{preciseClockText(atMs)}</Fact>
        <Fact name="event">{event}</Fact>
        <Fact name="actor">{actorId === null ? actorType : <ActorLink id={actorId} />}</Fact>
        <Fact name="trace">
          {traceId === null ? null : <TraceLink traceId={traceId} text={traceId} />}
        </Fact>
        <Fact name="span">{spanId}</Fact>
        {Object.entries(fields).map(([key, value]) => (
          <Fact key={key} name={key}>
            <FieldValue value={value} />
          </Fact>
        ))}
      </Facts>
    </section>
  );
}

function FieldValue({ value }: { readonly value: unknown }): JSX.Element {
  return typeof value === "object" && value !== null ? (
    <pre class="code">{JSON.stringify(value, null, 2)}</pre>
  ) : (
    <span class="mono">{valueText(value)}</span>
  );
}

function NoLines({ all }: { readonly all: number }): JSX.Element {
  return all === 0 ? (
    <Empty icon="logs" title="No log lines yet">
      Lines of limelight's own loggers appear here as they are written.
    </Empty>
  ) : (
    <Empty icon="search" title="No line matches the filter">
      The console holds {plural(all, "line")}. Clear the filter to see them.
    </Empty>
  );
}
