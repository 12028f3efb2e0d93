import { plural } from "../../viewer/format.ts";
import { line, type Span, type StyledLine, span, Tone } from "../text/styled-line.ts";
import { keyDetailLines } from "./key-detail-lines.ts";
import { type KeyListParts, keyLines, typesLine } from "./key-list-lines.ts";

/** A drawn key view, and the measures that its keys depend on. */
export interface KeyDrawing {
  /** At most as many lines as there is room for. */
  readonly lines: readonly StyledLine[];
  /** Number of keys that fit. */
  readonly pageRows: number;
  /** Number of lines by which the inspect pane exceeds its height. */
  readonly paneSurplus: number;
}

/** Draws the types, the keys of one of them, and below them the inspected key. */
export function drawKeyView(parts: KeyListParts, width: number, height: number): KeyDrawing {
  const { view, look, glyphs } = parts;
  const types = typesLine(look?.types ?? [], look?.type);
  const open = view.openId;
  const half = Math.min(Math.floor(height * 0.4), (look?.list.keys.length ?? 0) + 2);
  const listHeight = open === undefined ? height - 1 : Math.max(3, half);
  const list = keyLines(parts, width, Math.max(0, listHeight));
  const pageRows = Math.max(0, listHeight - 1);
  if (open === undefined) return { lines: [types, ...list], pageRows, paneSurplus: 0 };
  while (list.length < listHeight) list.push(line());
  const all = detailLines(parts, open, width);
  const room = Math.max(0, height - 2 - listHeight);
  const paneSurplus = Math.max(0, all.length - room);
  const top = Math.min(view.paneTop, paneSurplus);
  const more = paneSurplus > top ? ` ${paneSurplus - top} more ${glyphs.descending} ` : " ";
  const title = `${glyphs.rule} key `;
  const rule = glyphs.rule.repeat(Math.max(0, width - title.length - more.length));
  return {
    lines: [
      types,
      ...list,
      line(span(`${title}${rule}${more}`, Tone.Strong)),
      ...all.slice(top, top + room),
    ],
    pageRows,
    paneSurplus,
  };
}

/** Returns the footer of the key view: what the list is limited to, and the keys. */
export function keyFooter({ view, look }: KeyListParts): readonly [StyledLine, StyledLine] {
  const count = look === undefined ? "" : plural(look.list.keys.length, "key");
  const right = line(span(`${count}${look?.list.cursor == null ? "" : "+"}`, Tone.Dim));
  if (view.editing) return [line(span(`/${view.prefix}_`, Tone.Strong)), right];
  const limits: Span[] = [
    ...(view.prefix === "" ? [] : [span(`/${view.prefix}  `, Tone.Warn)]),
    ...(view.state === undefined ? [] : [span(`${view.state} only  `, Tone.Warn)]),
  ];
  const keys = "? help  / prefix  a awake  Tab type  Enter inspect  v actors";
  return [line(...limits, span(keys, Tone.Dim)), right];
}

function detailLines(
  { look, nowAtMs, glyphs }: KeyListParts,
  id: string,
  width: number,
): readonly StyledLine[] {
  const detail = look?.detail;
  if (detail?.key.id !== id) return [line(span("  reading", Tone.Dim))];
  return keyDetailLines(detail, nowAtMs, glyphs, width);
}
