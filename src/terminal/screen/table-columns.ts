import type { ActorEntry } from "../../viewer/actor-entry.ts";
import { Fill, fillLevel } from "../../viewer/fill.ts";
import { countText, rateText } from "../../viewer/format.ts";
import type { ViewerModel } from "../../viewer/model.ts";
import type { EntryLine } from "../../viewer/tree.ts";
import { actorLabel } from "../../wire/actor-names.ts";
import { safeText } from "../text/display-text.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { sparkline } from "../text/sparkline.ts";
import { type Span, span, Tone } from "../text/styled-line.ts";
import { toneOf } from "./condition-tone.ts";
import { flagsOf } from "./flags.ts";
import type { ScreenParts } from "./screen-parts.ts";
import { SortBy } from "./sort-by.ts";

/** Cells before the first column, for the cursor. */
export const CURSOR_CELLS = 2;

const SPARK_CELLS = 9;
export const SPARK_POINTS: number = SPARK_CELLS * 2;
/** Below this width, redundant columns are omitted. */
const COMPACT_BELOW = 85;
const NARROW_BELOW = 62;

/** What cells need in addition to the row. */
export interface CellParts extends ScreenParts {
  readonly ancestors: ReadonlySet<string>;
  /** Highest rate of the shown rows: the scale of all curves. */
  readonly peak: number;
}

/** A column of the table. */
export interface Column {
  readonly title: string;
  /** Width in cells; 0 for the column that takes the remaining width. */
  readonly width: number;
  readonly align: "left" | "right";
  readonly sortBy: SortBy | undefined;
  cell(row: EntryLine, parts: CellParts): Span;
}

const LABEL: Column = {
  title: "ACTOR",
  width: 0,
  align: "left",
  sortBy: SortBy.Id,
  cell: (row, { glyphs, ancestors }) =>
    span(labelCellText(row, glyphs), labelTone(row.entry, ancestors)),
};

const TYPE: Column = {
  title: "TYPE",
  width: 12,
  align: "left",
  sortBy: undefined,
  cell: ({ entry }) => span(entry.row.type, Tone.Dim),
};

const STATE: Column = {
  title: "STATE",
  width: 10,
  align: "left",
  sortBy: SortBy.State,
  cell: ({ condition }) => span(condition, toneOf(condition)),
};

const MAILBOX: Column = {
  title: "MAILBOX",
  width: 11,
  align: "right",
  sortBy: SortBy.Mailbox,
  cell({ entry }) {
    const { depth, limit } = entry.row.mailbox;
    return span(`${countText(depth)}/${countText(limit)}`, mailboxTone(entry));
  },
};

const RATE: Column = {
  title: "MSG/S",
  width: 6,
  align: "right",
  sortBy: SortBy.Rate,
  cell: ({ entry: { rate } }) => span(rateText(rate), rate === 0 ? Tone.Dim : Tone.Plain),
};

const SPARK: Column = {
  title: "",
  width: SPARK_CELLS,
  align: "left",
  sortBy: undefined,
  cell({ entry }, { peak, glyphs }) {
    const rates = entry.rates(SPARK_POINTS);
    const blank = new Array<number>(SPARK_POINTS - rates.length).fill(0);
    return span(sparkline([...blank, ...rates], peak, glyphs), Tone.Busy);
  },
};

const RESTARTS: Column = {
  title: "RST",
  width: 5,
  align: "right",
  sortBy: SortBy.Restarts,
  cell({ entry }) {
    const { restarts } = entry.row.supervision;
    return span(countText(restarts), restarts === 0 ? Tone.Dim : Tone.Warn);
  },
};

const FLAGS: Column = {
  title: "FLAGS",
  width: 5,
  align: "left",
  sortBy: undefined,
  cell({ entry }, { findings, model }) {
    const flags = flagsOf(entry, findings, model.capturedAtMs);
    return span(flags, /[DS!]/.test(flags) ? Tone.Bad : Tone.Plain);
  },
};

const CONNECTIONS: Column = {
  title: "CONN",
  width: 5,
  align: "right",
  sortBy: undefined,
  cell({ entry }) {
    const connections = entry.row.keyed?.connections ?? 0;
    return span(connections === 0 ? "" : countText(connections), Tone.Plain);
  },
};

/** Returns the columns that fit into `width` cells: that of connections only where `model` has any. */
export function columnsFor(width: number, model: ViewerModel): readonly Column[] {
  if (width < NARROW_BELOW) return [LABEL, STATE, MAILBOX, RATE];
  const rest = [STATE, MAILBOX, RATE, SPARK, RESTARTS, ...connectionsOf(model), FLAGS];
  return width < COMPACT_BELOW ? [LABEL, ...rest] : [LABEL, TYPE, ...rest];
}

/** Returns the columns of a table that is printed once. It has no history to draw curves from. */
export function printedColumns(model: ViewerModel): readonly Column[] {
  return [LABEL, TYPE, STATE, MAILBOX, RATE, RESTARTS, ...connectionsOf(model), FLAGS];
}

function connectionsOf({ systems }: ViewerModel): readonly Column[] {
  return [...systems.values()].some(({ hasConnections }) => hasConnections) ? [CONNECTIONS] : [];
}

/** Returns the first cell of a row: its tree lines and the actor's label. */
export function labelCellText(row: EntryLine, glyphs: Glyphs): string {
  const { entry, level, children, open } = row;
  const more = children > 0 && !open ? ` (+${countText(children)})` : "";
  return safeText(`${"  ".repeat(level)}${foldMark(row, glyphs)} ${actorLabel(entry.row)}${more}`);
}

function foldMark({ children, open }: EntryLine, glyphs: Glyphs): string {
  if (children === 0) return glyphs.leaf;
  return open ? glyphs.open : glyphs.closed;
}

/** Returns the tone for a mailbox's fill level. */
export function mailboxTone({ row, fill }: ActorEntry): Tone {
  switch (fillLevel(fill)) {
    case Fill.Critical:
      return Tone.Bad;
    case Fill.High:
      return Tone.Warn;
    case Fill.Normal:
      return row.mailbox.depth === 0 ? Tone.Dim : Tone.Plain;
  }
}

function labelTone({ row }: ActorEntry, ancestors: ReadonlySet<string>): Tone {
  if (ancestors.has(row.id)) return Tone.Strong;
  return row.stopped === null ? Tone.Plain : Tone.Dim;
}
