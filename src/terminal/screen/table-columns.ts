import { labelOf, SortBy } from "../actors/actor-order.ts";
import type { TreeRow } from "../actors/actor-tree.ts";
import { conditionOf, conditionTone, flagsOf } from "../actors/condition.ts";
import type { LiveActor } from "../actors/live-actors.ts";
import { safeText } from "../text/display-text.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { rateText, shortCount } from "../text/number-text.ts";
import { sparkline } from "../text/sparkline.ts";
import { type Span, span, Tone } from "../text/styled-line.ts";
import type { ScreenParts } from "./screen-parts.ts";

/** Cells before the first column, for the cursor. */
export const CURSOR_CELLS = 2;

const SPARK_CELLS = 9;
export const SPARK_POINTS: number = SPARK_CELLS * 2;
/** Below this the table leaves out what the rest of a row tells as well. */
const COMPACT_BELOW = 85;
const NARROW_BELOW = 62;

/** What cells need beside the row. */
export interface CellParts extends ScreenParts {
  readonly ancestors: ReadonlySet<string>;
  /** The most messages an actor has taken in a tick of late: all curves are drawn against it. */
  readonly peak: number;
}

/** A column of the table. */
export interface Column {
  readonly title: string;
  /** Cells; 0 for the one that takes what is left. */
  readonly width: number;
  readonly align: "left" | "right";
  readonly sortBy: SortBy | undefined;
  cell(row: TreeRow, parts: CellParts): Span;
}

const LABEL: Column = {
  title: "ACTOR",
  width: 0,
  align: "left",
  sortBy: SortBy.Id,
  cell: (row, { glyphs, ancestors }) =>
    span(labelCellText(row, glyphs), labelTone(row.actor, ancestors)),
};

const TYPE: Column = {
  title: "TYPE",
  width: 12,
  align: "left",
  sortBy: undefined,
  cell: ({ actor }) => span(actor.row.type, Tone.Dim),
};

const STATE: Column = {
  title: "STATE",
  width: 10,
  align: "left",
  sortBy: SortBy.State,
  cell({ actor }, { troubles }) {
    const condition = conditionOf(actor, troubles);
    return span(condition, conditionTone(condition));
  },
};

const MAILBOX: Column = {
  title: "MAILBOX",
  width: 11,
  align: "right",
  sortBy: SortBy.Mailbox,
  cell({ actor }) {
    const { depth, limit } = actor.row.mailbox;
    return span(`${shortCount(depth)}/${shortCount(limit)}`, mailboxTone(depth, limit));
  },
};

const RATE: Column = {
  title: "MSG/S",
  width: 6,
  align: "right",
  sortBy: SortBy.Rate,
  cell: ({ actor }) => span(rateText(actor.rate), actor.rate === 0 ? Tone.Dim : Tone.Plain),
};

const SPARK: Column = {
  title: "",
  width: SPARK_CELLS,
  align: "left",
  sortBy: undefined,
  cell({ actor }, { live, peak, glyphs }) {
    const taken = actor.history?.taken(live.tick, SPARK_POINTS) ?? [];
    return span(sparkline(taken, peak, glyphs), Tone.Busy);
  },
};

const RESTARTS: Column = {
  title: "RST",
  width: 4,
  align: "right",
  sortBy: SortBy.Restarts,
  cell({ actor }) {
    const { restarts } = actor.row.supervision;
    return span(restarts === 0 ? "-" : shortCount(restarts), restarts === 0 ? Tone.Dim : Tone.Warn);
  },
};

const FLAGS: Column = {
  title: "FLAGS",
  width: 5,
  align: "left",
  sortBy: undefined,
  cell({ actor }, { troubles }) {
    const flags = flagsOf(actor, troubles);
    return span(flags, /[DS!]/.test(flags) ? Tone.Bad : Tone.Plain);
  },
};

/** The columns that `width` cells have room for. */
export function columnsFor(width: number): readonly Column[] {
  if (width < NARROW_BELOW) return [LABEL, STATE, MAILBOX, RATE];
  if (width < COMPACT_BELOW) return [LABEL, STATE, MAILBOX, RATE, SPARK, RESTARTS, FLAGS];
  return [LABEL, TYPE, STATE, MAILBOX, RATE, SPARK, RESTARTS, FLAGS];
}

/** Those of a table that is printed once: it has no past to draw curves of. */
export const PRINTED_COLUMNS: readonly Column[] = [
  LABEL,
  TYPE,
  STATE,
  MAILBOX,
  RATE,
  RESTARTS,
  FLAGS,
];

/** The first cell of a row: its place in the tree, and what the actor is called. */
export function labelCellText({ actor, level, fold, hidden }: TreeRow, glyphs: Glyphs): string {
  const mark = fold === "leaf" ? glyphs.leaf : glyphs[fold];
  const more = hidden > 0 ? ` (+${shortCount(hidden)})` : "";
  return safeText(`${"  ".repeat(level)}${mark} ${labelOf(actor)}${more}`);
}

/** How full a mailbox is, in a colour: half full is worth a look, nearly full is bad. */
export function mailboxTone(depth: number, limit: number): Tone {
  const share = limit > 0 ? depth / limit : 0;
  if (share >= 0.8) return Tone.Bad;
  if (share >= 0.5) return Tone.Warn;
  return depth === 0 ? Tone.Dim : Tone.Plain;
}

function labelTone({ row }: LiveActor, ancestors: ReadonlySet<string>): Tone {
  if (ancestors.has(row.id)) return Tone.Strong;
  return row.stopped === null ? Tone.Plain : Tone.Dim;
}
