import { bytesText, countText, durationText } from "../../viewer/format.ts";
import type { KeyedTypeRow, KeyListRow } from "../../wire/keys.ts";
import type { KeyLook } from "../connection/key-looks.ts";
import { fit, fitRight, safeText } from "../text/display-text.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { fitLine, line, type StyledLine, span, Tone } from "../text/styled-line.ts";
import type { KeyViewState } from "./key-view-state.ts";

/** Cells before the first column, for the cursor. */
const CURSOR_CELLS = 2;
const MIN_KEY_CELLS = 12;

/** A column beside the key. */
interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: "left" | "right";
  cell(row: KeyListRow, nowAtMs: number): readonly [text: string, tone: Tone];
}

const COLUMNS: readonly Column[] = [
  {
    title: "STATE",
    width: 6,
    align: "left",
    cell: ({ awake }) => (awake ? ["awake", Tone.Good] : ["asleep", Tone.Dim]),
  },
  {
    title: "USED",
    width: 11,
    align: "right",
    cell: ({ usedAtMs }, nowAtMs) => [durationText(Math.max(0, nowAtMs - usedAtMs)), Tone.Plain],
  },
  {
    title: "BYTES",
    width: 8,
    align: "right",
    cell: ({ stateBytes }) => [bytesText(stateBytes), Tone.Plain],
  },
  { title: "SCHED", width: 5, align: "right", cell: ({ schedules }) => amount(schedules) },
  { title: "QUEUED", width: 6, align: "right", cell: ({ queued }) => amount(queued) },
  { title: "WAKES", width: 6, align: "right", cell: ({ generation }) => amount(generation) },
];

/** For keys of a cluster. */
const RUNNER: Column = {
  title: "RUNNER",
  width: 30,
  align: "left",
  cell: ({ runnerId }) => [safeText(runnerId ?? ""), Tone.Dim],
};

function amount(count: number): readonly [text: string, tone: Tone] {
  return [countText(count), count === 0 ? Tone.Dim : Tone.Plain];
}

/** What a list of keys is drawn from. */
export interface KeyListParts {
  readonly view: KeyViewState;
  readonly look: KeyLook | undefined;
  /** Why the last read has failed. */
  readonly problem: string | undefined;
  readonly nowAtMs: number;
  readonly glyphs: Glyphs;
}

/** Returns the types with their numbers of actors, on one line. The chosen one is highlighted. */
export function typesLine(types: readonly KeyedTypeRow[], chosen: string | undefined): StyledLine {
  if (types.length === 0) return line(span("  no keyed actors", Tone.Dim));
  const spans = types.flatMap((row) => [
    span("  "),
    span(safeText(row.type), row.type === chosen ? Tone.Selected : Tone.Strong),
    span(` ${typeText(row)}`, Tone.Dim),
  ]);
  return line(...spans);
}

function typeText({ awake, asleep, more, defined }: KeyedTypeRow): string {
  const counts = `${countText(awake)} awake ${countText(asleep)}${more ? "+" : ""} asleep`;
  return defined ? counts : `${counts} (not defined)`;
}

/** Draws the header and `height - 1` keys from `view.top` on. */
export function keyLines(parts: KeyListParts, width: number, height: number): StyledLine[] {
  const { view, look, problem, nowAtMs, glyphs } = parts;
  const keys = look?.list.keys ?? [];
  const isSpread = keys.some(({ runnerId }) => runnerId !== undefined);
  const columns = columnsFor(width, isSpread ? [...COLUMNS, RUNNER] : COLUMNS);
  const lines = [headLine(columns, width)];
  for (let at = view.top; lines.length < height && at < keys.length; at += 1) {
    const row = keys[at] as KeyListRow;
    const selected = at === view.at;
    const cells = columns.map(({ cell }) => cell(row, nowAtMs));
    const text = row.id.slice(row.type.length + 1);
    const cursor = selected ? glyphs.cursor : " ";
    const drawn = layOut(columns, width, `${cursor} ${safeText(text)}`, cells);
    const plain = drawn.map((each) => each.text).join("");
    lines.push(selected ? line(span(plain, Tone.Selected)) : drawn);
  }
  const note = noteOf(parts);
  if (note !== undefined && lines.length < height) lines.push(line(note));
  if (problem !== undefined && keys.length > 0)
    lines[1] = line(span(`  ${safeText(problem)}`, Tone.Bad));
  return lines.slice(0, height);
}

function noteOf({ look, problem, view }: KeyListParts) {
  if (look === undefined)
    return span(`  ${safeText(problem ?? "reading")}`, problem === undefined ? Tone.Dim : Tone.Bad);
  const { keys, cursor } = look.list;
  if (keys.length > 0) {
    return cursor === null
      ? undefined
      : span("  more keys follow; a prefix shortens the list", Tone.Dim);
  }
  if (cursor !== null)
    return span("  none among the first keys; a prefix shortens the list", Tone.Dim);
  const filtered = view.prefix !== "" || view.state !== undefined;
  return span(filtered ? "  no key matches" : "  no keys", Tone.Dim);
}

/** Returns as many columns as leave room for the key. */
function columnsFor(width: number, columns: readonly Column[]): readonly Column[] {
  const shown = [...columns];
  const used = (): number => shown.reduce((sum, column) => sum + column.width + 1, CURSOR_CELLS);
  while (shown.length > 1 && width - used() < MIN_KEY_CELLS) shown.pop();
  return shown;
}

function headLine(columns: readonly Column[], width: number): StyledLine {
  const cells = columns.map(({ title }) => [title, Tone.Dim] as const);
  return layOut(columns, width, "  KEY", cells, Tone.Dim);
}

function layOut(
  columns: readonly Column[],
  width: number,
  key: string,
  cells: readonly (readonly [text: string, tone: Tone])[],
  tone: Tone = Tone.Plain,
): StyledLine {
  const fixed = columns.reduce((sum, column) => sum + column.width + 1, 0);
  const spans = columns.flatMap((column, at) => {
    const [text = "", cellTone = Tone.Plain] = cells[at] ?? [];
    const fitted =
      column.align === "right" ? fitRight(text, column.width) : fit(text, column.width);
    return [span(" "), span(fitted, cellTone)];
  });
  return fitLine(line(span(fit(key, Math.max(1, width - fixed)), tone), ...spans), width);
}
