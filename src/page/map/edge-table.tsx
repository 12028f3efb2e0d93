import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { countText, durationText, percentText, rateText } from "../../viewer/format.ts";
import { EdgeSort, sortEdges } from "../../viewer/map/edge-order.ts";
import { edgeId, failedShare, senderName } from "../../viewer/map/edge-texts.ts";
import type { InteractionRow } from "../../wire/interactions.ts";
import { type Column, Grid } from "../parts/grid.tsx";
import { useConsole } from "../state/console-context.ts";

const ROW_HEIGHT = 28;
/** Columns that are sorted ascending at first. */
const ASCENDING_FIRST: ReadonlySet<string> = new Set([EdgeSort.From, EdgeSort.To]);

interface EdgeTableProps {
  readonly rows: readonly InteractionRow[];
  readonly open: string;
  readonly onOpen: (id: string) => void;
}

/** The edges of the map as a table. */
export function EdgeTable({ rows, open, onOpen }: EdgeTableProps): JSX.Element {
  const { state, controller } = useConsole();
  const [cursor, setCursor] = useState("");
  const [shown, setShown] = useState({ from: 0, count: 50 });
  const [key = EdgeSort.Rate, direction] = (state.route.params["sort"] ?? "").split(".");
  const chosen = key === "" ? EdgeSort.Rate : key;
  const descending = direction === undefined ? !ASCENDING_FIRST.has(chosen) : direction === "desc";
  const sorted = sortEdges(rows, chosen, descending);
  const from = Math.min(shown.from, Math.max(0, sorted.length - 1));
  return (
    <Grid<InteractionRow>
      role="grid"
      label="Who talks to whom"
      columns={COLUMNS}
      rows={sorted.slice(from, from + shown.count)}
      from={from}
      total={sorted.length}
      rowHeight={ROW_HEIGHT}
      rowId={edgeId}
      rowLook={(row) => ({ selected: edgeId(row) === open })}
      cursor={cursor}
      onCursor={setCursor}
      onOpen={onOpen}
      onWindow={setShown}
      sort={{ key: chosen, descending }}
      onSort={(next) => {
        const turned = next === chosen ? !descending : !ASCENDING_FIRST.has(next);
        controller.setParams({ sort: `${next}.${turned ? "desc" : "asc"}` });
      }}
    />
  );
}

const NUMBER = { right: true, sortable: true } as const;

const COLUMNS: readonly Column<InteractionRow>[] = [
  {
    key: EdgeSort.From,
    head: "From",
    sortable: true,
    cell: (row) => (
      <span class={row.from === null ? "faint ellipsis" : "ellipsis"}>{senderName(row)}</span>
    ),
  },
  {
    key: EdgeSort.To,
    head: "To",
    sortable: true,
    cell: ({ to }) => <span class="ellipsis">{to}</span>,
  },
  {
    key: EdgeSort.Rate,
    head: "Messages/s",
    width: "96px",
    title: "Over the last minute",
    cell: ({ recent }) => rateText(recent.perSecond),
    ...NUMBER,
  },
  {
    key: EdgeSort.Failed,
    head: "Failed",
    width: "76px",
    title:
      "Share of the last minute's messages: asks that were rejected, others that were lost, refused or failed",
    cell: (row) => (
      <span class={row.recent.failed === 0 ? "faint" : "bad"}>
        {row.recent.sent === 0 ? "–" : percentText(failedShare(row))}
      </span>
    ),
    ...NUMBER,
  },
  {
    key: EdgeSort.P95,
    head: "Ask p95",
    width: "84px",
    title: "95th percentile of the time from an ask to its reply, over the last minute",
    cell: ({ recent }) => durationText(recent.p95Ms),
    ...NUMBER,
  },
  {
    key: EdgeSort.Sent,
    head: "In all",
    width: "84px",
    title: "Messages since the start",
    cell: ({ sent }) => countText(sent),
    ...NUMBER,
  },
  {
    key: EdgeSort.Failures,
    head: "Failed in all",
    width: "98px",
    cell: ({ failed }) => <span class={failed === 0 ? "faint" : ""}>{countText(failed)}</span>,
    ...NUMBER,
  },
];
