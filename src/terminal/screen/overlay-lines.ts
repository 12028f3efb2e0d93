import { durationText } from "../../viewer/format.ts";
import { wrapText } from "../text/display-text.ts";
import { line, type StyledLine, span, Tone } from "../text/styled-line.ts";
import type { ScreenParts } from "./screen-parts.ts";

const KEY_CELLS = 16;

const HELP: readonly (readonly [keys: string, what: string])[] = [
  ["↑ ↓ j k", "move; PgUp PgDn Home End as well"],
  ["Enter", "inspect the actor; again, or Esc, closes"],
  ["Tab", "arrows move the table, or the inspect pane"],
  ["← → h l", "fold and unfold; to the parent, to the first child"],
  ["Space c e", "fold this one, all, none"],
  ["/", "filter by name, id or type; Enter keeps it, Esc clears it"],
  ["i n s m g r", "sort by id, name, state, mailbox, msg/s, restarts; again: reverse"],
  ["y", "all systems of the process, or one after the other"],
  ["+ -", "frames a second"],
  ["w", "warnings"],
  ["q Esc Ctrl-C", "quit"],
];

const FLAGS: readonly (readonly [letter: string, what: string])[] = [
  ["D", "waits in a deadlock"],
  ["S", "stuck: longer at a message than its type allows"],
  ["!", "at its limit of restarts"],
  ["B", "waits before it restarts"],
  ["F", "its mailbox is full"],
  ["X", "has ended; shown for a few seconds"],
  ["R", "has restarted"],
  ["W", "waits for another actor"],
  ["L", "is linked with others"],
];

/** Which keys there are, and what the flags mean. */
export function helpLines({ glyphs }: ScreenParts): readonly StyledLine[] {
  const arrows = (text: string): string =>
    glyphs.braille ? text : text.replace("↑ ↓", "up down").replace("← →", "left right");
  const rows = [...HELP, ...FLAGS];
  return rows.map(([keys, what]) =>
    line(span(`  ${arrows(keys).padEnd(KEY_CELLS)}`, Tone.Strong), span(what)),
  );
}

/** What the monitors warn of, and what to do. */
export function warningLines(parts: ScreenParts, width: number): readonly StyledLine[] {
  const lines: StyledLine[] = [];
  const { systems, capturedAtMs } = parts.model;
  for (const [system, { state }] of systems) {
    for (const { kind, raisedAtMs, text, advice } of state.warnings) {
      const since = durationText(capturedAtMs - raisedAtMs);
      lines.push(line(span(`  ${kind}`, Tone.Warn), span(`  ${system}, for ${since}`, Tone.Dim)));
      for (const part of wrapText(text, width - 4)) lines.push(line(span(`    ${part}`)));
      for (const part of wrapText(advice, width - 4)) {
        lines.push(line(span(`    ${part}`, Tone.Dim)));
      }
    }
  }
  return lines.length > 0 ? lines : [line(span("  nothing wants looking at", Tone.Good))];
}
