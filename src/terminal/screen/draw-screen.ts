import { countText, wholeText } from "../../viewer/format.ts";
import { drawKeyView, keyFooter } from "../key-view/draw-key-view.ts";
import type { KeyListParts } from "../key-view/key-list-lines.ts";
import { fitLine, line, type StyledLine, span, spread, Tone } from "../text/styled-line.ts";
import { clusterLines } from "./cluster-lines.ts";
import { headerLines } from "./header-lines.ts";
import { inspectLines } from "./inspect-lines.ts";
import { helpLines, warningLines } from "./overlay-lines.ts";
import type { ScreenParts } from "./screen-parts.ts";
import { tableLines } from "./table-lines.ts";
import { Focus, Overlay } from "./view-state.ts";

/** Minimum width to show the inspect pane beside the table instead of below it. */
const BESIDE_FROM = 120;

/** Size of a terminal in cells. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** A screen, and the measures that key handling depends on. */
export interface Drawing {
  /** One line for each line of the terminal, padded to its width. */
  readonly lines: readonly StyledLine[];
  /** Number of actor lines that fit. */
  readonly pageRows: number;
  /** Number of lines by which the pane or overlay exceeds its height. */
  readonly paneSurplus: number;
}

/** Draws the screen at exactly the given size. */
export function drawScreen(parts: ScreenParts, size: ScreenSize): Drawing {
  const { columns, rows } = size;
  const header = headerLines(parts, columns);
  const height = Math.max(0, rows - header.length - 1);
  const body = drawBody(parts, columns, height);
  const filled = [
    ...header,
    ...fill(body.lines, columns, height),
    footerLine(parts, columns, body),
  ];
  const lines = filled.slice(0, rows).map((each) => fitLine(each, columns));
  return { ...body, lines: parts.glyphs.braille ? lines : lines.map(toAscii) };
}

function drawBody(parts: ScreenParts, columns: number, height: number): Drawing {
  const { state, rows } = parts;
  switch (state.overlay) {
    case Overlay.Help:
      return drawPane("help", helpLines(parts), parts, columns, height);
    case Overlay.Warnings:
      return drawPane("warnings", warningLines(parts, columns), parts, columns, height);
    case Overlay.Cluster:
      return drawPane("cluster", clusterLines(parts), parts, columns, height);
    case Overlay.None: {
      const keys = keyParts(parts);
      if (keys !== undefined) return drawKeyView(keys, columns, height);
      const actor = state.inspecting ? rows[state.selectedAt]?.entry : undefined;
      if (actor === undefined) return drawTable(parts, columns, height);
      if (columns >= BESIDE_FROM) {
        const width = Math.min(76, Math.floor(columns * 0.45));
        const left = columns - width - 2;
        const pane = drawPane("inspect", inspectLines(actor, parts, width), parts, width, height);
        return beside(drawTable(parts, left, height), pane, parts.glyphs.wall, left);
      }
      const paneHeight = Math.max(Math.ceil(height * 0.55), height - rows.length - 1);
      const table = drawTable(parts, columns, height - paneHeight);
      const all = inspectLines(actor, parts, columns);
      const pane = drawPane("inspect", all, parts, columns, paneHeight);
      const lines = [...fill(table.lines, columns, height - paneHeight), ...pane.lines];
      return { ...table, lines, paneSurplus: pane.paneSurplus };
    }
  }
}

/** Returns what the view of stored keys is drawn from; `undefined` while actors are shown. */
function keyParts(parts: ScreenParts): KeyListParts | undefined {
  const { state, keyLook: look, keyProblem: problem, model, glyphs } = parts;
  const view = state.keyView;
  return view === undefined
    ? undefined
    : { view, look, problem, nowAtMs: model.capturedAtMs, glyphs };
}

function drawTable(parts: ScreenParts, width: number, height: number): Drawing {
  const pageRows = Math.max(0, height - 1);
  return { lines: tableLines(parts, width, height), pageRows, paneSurplus: 0 };
}

/** Draws a titled rule and as many of the lines as fit below it. */
function drawPane(
  title: string,
  all: readonly StyledLine[],
  { state, glyphs }: ScreenParts,
  width: number,
  height: number,
): Drawing {
  const room = Math.max(0, height - 1);
  const paneSurplus = Math.max(0, all.length - room);
  const top = Math.min(state.paneTop, paneSurplus);
  const focused = state.focus === Focus.Inspect || state.overlay !== Overlay.None;
  const left = paneSurplus - top;
  const more = left > 0 ? ` ${countText(left)} more ${glyphs.descending} ` : " ";
  const name = `${glyphs.rule} ${title} `;
  const rule = glyphs.rule.repeat(Math.max(0, width - name.length - more.length));
  const tone = focused ? Tone.Strong : Tone.Dim;
  const lines = [line(span(`${name}${rule}${more}`, tone)), ...all.slice(top, top + room)];
  return { lines, pageRows: room, paneSurplus };
}

function beside(left: Drawing, right: Drawing, wall: string, leftWidth: number): Drawing {
  const height = Math.max(left.lines.length, right.lines.length);
  const lines = Array.from({ length: height }, (_, at) => [
    ...fitLine(left.lines[at] ?? line(), leftWidth),
    span(`${wall} `, Tone.Dim),
    ...(right.lines[at] ?? line()),
  ]);
  return { lines, pageRows: left.pageRows, paneSurplus: right.paneSurplus };
}

function fill(lines: readonly StyledLine[], width: number, height: number): StyledLine[] {
  const filled = lines.slice(0, height).map((each) => fitLine(each, width));
  while (filled.length < height) filled.push(fitLine(line(), width));
  return filled;
}

function footerLine(parts: ScreenParts, columns: number, { pageRows }: Drawing): StyledLine {
  const { state, rows } = parts;
  const keyView = keyParts(parts);
  if (keyView !== undefined) {
    const [left, count] = keyFooter(keyView);
    return spread(left, count, columns);
  }
  const last = Math.min(rows.length, state.top + pageRows);
  const range = rows.length === 0 ? "0" : `${wholeText(state.top + 1)}-${wholeText(last)}`;
  const right = line(span(`${range} of ${wholeText(rows.length)}`, Tone.Dim));
  if (state.editingFilter) {
    return spread(line(span(`/${state.filter}_`, Tone.Strong)), right, columns);
  }
  const filter = state.filter === "" ? [] : [span(`/${state.filter}  `, Tone.Warn)];
  const keys = "? help  / filter  Enter inspect  Space fold  v keys  q quit";
  return spread(line(...filter, span(keys, Tone.Dim)), right, columns);
}

/** Replaces non-ASCII characters by ASCII ones of the same width, for terminals that cannot show more. */
function toAscii(source: StyledLine): StyledLine {
  return source.map(({ text, tone }) => ({
    text: text.replaceAll("…", "~").replace(/[^ -~]/gu, "?"),
    tone,
  }));
}
