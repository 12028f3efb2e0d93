import type { JSX } from "preact";
import type { ActorLine, ActorsView, TypeLine } from "../../viewer/console-view.ts";
import { countText, durationText, plural, rateText } from "../../viewer/format.ts";
import { Layout, SortKey } from "../../viewer/tree.ts";
import { conditionTone } from "../../wire/condition.ts";
import { ConditionTag } from "../parts/condition.tsx";
import type { Column, RowLook } from "../parts/grid.tsx";
import { Icon } from "../parts/icon.tsx";
import { MailboxBar } from "../parts/mailbox-bar.tsx";
import { Sparkline } from "../parts/sparkline.tsx";

/** A line of the list of actors. */
export type AnyLine = ActorLine | TypeLine;

const INDENT = 16;
const SPARK = { width: 84, height: 18, capacity: 60, filled: false };

/** Returns the look of a line's row in the given layout. */
export function lineLook(line: AnyLine, layout: Layout, actorId: string): RowLook {
  if (line.kind === "type") return { className: "row-type", level: 0, open: line.open };
  const { id, condition, context, lineage, level, children, open } = line;
  const marks = [
    `row-${condition}`,
    `row-${conditionTone(condition)}`,
    context ? "row-context" : "",
    lineage ? "row-lineage" : "",
  ];
  const className = marks.filter((mark) => mark !== "").join(" ");
  const selected = id === actorId;
  if (layout === Layout.Flat) return { className, selected };
  return { className, selected, level, open: children > 0 ? open : undefined };
}

/** Returns the columns: that of connections only where there are any. */
export function actorColumns(layout: Layout, actors: ActorsScale): readonly Column<AnyLine>[] {
  const columns = mainColumns(layout, actors.topRate);
  return actors.hasConnections ? [...columns, CONNECTIONS] : columns;
}

type ActorsScale = Pick<ActorsView, "topRate" | "hasConnections">;

const CONNECTIONS: Column<AnyLine> = {
  key: SortKey.Connections,
  head: "Conn",
  width: "64px",
  right: true,
  sortable: true,
  title: "Open connections of clients",
  cell: ({ connections }) => (connections === 0 ? null : countText(connections)),
};

/** @param topRate scale of all rate sparklines, so that they can be compared */
function mainColumns(layout: Layout, topRate: number): readonly Column<AnyLine>[] {
  return [
    {
      key: SortKey.Actor,
      head: "Actor",
      sortable: true,
      cell: (line) => <NameCell line={line} layout={layout} />,
    },
    {
      key: SortKey.Type,
      head: "Type",
      width: "120px",
      sortable: true,
      cell: ({ type }) => <span class="faint">{type}</span>,
    },
    {
      key: SortKey.State,
      head: "State",
      width: "118px",
      sortable: true,
      cell: ({ condition }) => <ConditionTag condition={condition} />,
    },
    {
      key: SortKey.Mailbox,
      head: "Mailbox",
      width: "150px",
      sortable: true,
      cell: (line) => <MailboxCell line={line} />,
    },
    { key: "depths", head: "Depth", width: "100px", cell: (line) => <DepthCell line={line} /> },
    {
      key: SortKey.Rate,
      head: "Msg/s",
      width: "64px",
      right: true,
      sortable: true,
      cell: (line) => (isEnded(line) ? null : <Rate rate={line.rate} />),
    },
    {
      key: "rates",
      head: "",
      width: "100px",
      cell: (line) => <RateCell line={line} top={topRate} />,
    },
    {
      key: SortKey.Wait,
      head: "Wait p95",
      width: "86px",
      right: true,
      sortable: true,
      title:
        "95th percentile of the time messages of this type have waited in mailboxes, since the start",
      cell: (line) => (isEnded(line) ? null : durationText(line.waitP95Ms)),
    },
    {
      key: SortKey.Restarts,
      head: "Restarts",
      width: "78px",
      right: true,
      sortable: true,
      cell: (line) => (isEnded(line) ? null : <Restarts restarts={line.restarts} />),
    },
  ];
}

function isEnded(line: AnyLine): boolean {
  return line.kind === "actor" && line.ended !== null;
}

interface LineProps {
  readonly line: AnyLine;
}

function NameCell({ line, layout }: LineProps & { readonly layout: Layout }): JSX.Element {
  const isTree = layout !== Layout.Flat;
  const foldable = line.kind === "type" || line.children > 0;
  const level = line.kind === "type" ? 0 : line.level;
  return (
    <span class="name" style={{ paddingLeft: `${isTree ? level * INDENT : 0}px` }}>
      {isTree && foldable ? (
        <button
          type="button"
          tabIndex={-1}
          class="fold"
          data-toggle=""
          aria-label={line.open ? "Fold" : "Unfold"}
        >
          <Icon name={line.open ? "down" : "right"} />
        </button>
      ) : (
        <span class={isTree ? "fold" : ""} />
      )}
      {line.kind === "type" ? <TypeName line={line} /> : <ActorName line={line} />}
    </span>
  );
}

function TypeName({ line }: { readonly line: TypeLine }): JSX.Element {
  return (
    <>
      <span class="strong">{line.type}</span>
      <span class="faint count">{countText(line.count)}</span>
    </>
  );
}

function ActorName({ line }: { readonly line: ActorLine }): JSX.Element {
  const { id, name, children, open } = line;
  return (
    <>
      {name === null ? null : <span class="strong">{name}</span>}
      <span class={name === null ? "mono" : "mono faint"} title={id}>
        {id}
      </span>
      {children > 0 && !open ? (
        <span class="faint count">{plural(children, "child", "children")}</span>
      ) : null}
    </>
  );
}

function MailboxCell({ line }: LineProps): JSX.Element {
  if (line.kind === "type") return <span class="mailbox-text">{countText(line.depth)}</span>;
  const { depth, limit, waitingSenders, ended } = line;
  if (ended !== null) return <span class="faint">ended: {ended}</span>;
  return <MailboxBar depth={depth} limit={limit} waitingSenders={waitingSenders} />;
}

function DepthCell({ line }: LineProps): JSX.Element | null {
  if (line.kind === "type" || line.ended !== null) return null;
  return <Sparkline {...SPARK} points={line.depths} label="recent mailbox depth" tone="depth" />;
}

function RateCell({ line, top }: LineProps & { readonly top: number }): JSX.Element | null {
  if (line.kind === "type" || line.ended !== null) return null;
  return <Sparkline {...SPARK} points={line.rates} top={top} label="recent messages per second" />;
}

function Rate({ rate }: { readonly rate: number }): JSX.Element {
  return <span class={rate === 0 ? "faint" : ""}>{rateText(rate)}</span>;
}

function Restarts({ restarts }: { readonly restarts: number }): JSX.Element {
  return <span class={restarts === 0 ? "faint" : "warn"}>{countText(restarts)}</span>;
}
