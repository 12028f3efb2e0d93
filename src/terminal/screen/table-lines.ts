import { ancestorsOf } from "../../viewer/actor-entry.ts";
import type { EntryLine } from "../../viewer/tree.ts";
import { fit, fitRight } from "../text/display-text.ts";
import {
  fitLine,
  line,
  type Span,
  type StyledLine,
  span,
  Tone,
  textOf,
} from "../text/styled-line.ts";
import type { ScreenParts } from "./screen-parts.ts";
import {
  type CellParts,
  type Column,
  CURSOR_CELLS,
  columnsFor,
  SPARK_POINTS,
} from "./table-columns.ts";

/** Draws the table's header and `height - 1` rows from `state.top` on. Other rows are not drawn. */
export function tableLines(
  parts: ScreenParts,
  width: number,
  height: number,
  columns: readonly Column[] = columnsFor(width, parts.model),
): readonly StyledLine[] {
  const { model, rows, state, glyphs } = parts;
  const cells: CellParts = {
    ...parts,
    peak: highestRate(rows.slice(state.top, state.top + height)),
    ancestors: new Set(ancestorsOf(state.selectedId ?? "", (id) => model.actor(id))),
  };
  const lines = [headLine(columns, parts, width)];
  for (let at = state.top; lines.length < height; at += 1) {
    const row = rows[at];
    if (row === undefined) break;
    const selected = at === state.selectedAt;
    const cursor = selected ? glyphs.cursor : " ";
    const spans = layOut(columns, width, (column) => column.cell(row, cells));
    const drawn = fitLine([span(`${cursor} `), ...spans], width);
    lines.push(selected ? line(span(textOf(drawn), Tone.Selected)) : drawn);
  }
  if (rows.length === 0) lines.push(line(span(`  ${emptyText(parts)}`, Tone.Dim)));
  return lines.slice(0, height);
}

function headLine(columns: readonly Column[], parts: ScreenParts, width: number): StyledLine {
  const { order } = parts.state;
  const arrow = order.descending ? parts.glyphs.descending : parts.glyphs.ascending;
  const spans = layOut(columns, width, ({ title, sortBy }) => {
    const byName = order.by === "name" && title === "ACTOR";
    const sorted = sortBy === order.by || byName;
    return span(sorted ? `${title}${arrow}` : title, sorted ? Tone.Strong : Tone.Dim);
  });
  return fitLine(line(span(" ".repeat(CURSOR_CELLS)), ...spans), width);
}

function layOut(
  columns: readonly Column[],
  width: number,
  cellOf: (column: Column) => Span,
): Span[] {
  const fixed = columns.reduce((sum, column) => sum + column.width, columns.length - 1);
  const rest = Math.max(1, width - CURSOR_CELLS - fixed);
  return columns.flatMap((column, at) => {
    const { text, tone } = cellOf(column);
    const cells = column.width === 0 ? rest : column.width;
    const fitted = column.align === "right" ? fitRight(text, cells) : fit(text, cells);
    const cell = { text: fitted, tone };
    return at === 0 ? [cell] : [span(" "), cell];
  });
}

function highestRate(rows: readonly EntryLine[]): number {
  let peak = 0;
  for (const { entry } of rows) peak = Math.max(peak, ...entry.rates(SPARK_POINTS));
  return peak;
}

function emptyText({ model, state }: ScreenParts): string {
  if (model.capturedAtMs === 0) return "waiting for the first frame";
  return state.filter === "" ? "no actors" : `no actor matches ${JSON.stringify(state.filter)}`;
}
