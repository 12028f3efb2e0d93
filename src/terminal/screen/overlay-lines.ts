import { durationText } from "../../viewer/format.ts";
import type { SystemState } from "../../viewer/model.ts";
import { deadlockEnd, stuckAdvice } from "../../viewer/wait-texts.ts";
import { Condition } from "../../wire/condition.ts";
import { wrapText } from "../text/display-text.ts";
import { line, type StyledLine, span, Tone } from "../text/styled-line.ts";
import { toneOf } from "./condition-tone.ts";
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
  ["w v x", "warnings; stored keys, awake and asleep; the cluster"],
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

/** Returns the lines that explain keys and flags. */
export function helpLines({ glyphs }: ScreenParts): readonly StyledLine[] {
  const arrows = (text: string): string =>
    glyphs.braille ? text : text.replace("↑ ↓", "up down").replace("← →", "left right");
  const rows = [...HELP, ...FLAGS];
  return rows.map(([keys, what]) =>
    line(span(`  ${arrows(keys).padEnd(KEY_CELLS)}`, Tone.Strong), span(what)),
  );
}

/** A finding of the monitor. */
interface Finding {
  readonly kind: string;
  readonly tone: Tone;
  readonly sinceAtMs: number;
  readonly text: string;
  readonly advice: string;
}

/** Returns the monitors' findings with advice, the same as in the page's Warnings tab. */
export function warningLines({ model }: ScreenParts, width: number): readonly StyledLine[] {
  const lines: StyledLine[] = [];
  const nowAtMs = model.capturedAtMs;
  const seen = new Set<string>();
  for (const [system, { state }] of model.systems) {
    for (const { kind, tone, sinceAtMs, text, advice } of findingsIn(state, nowAtMs, seen)) {
      const since = durationText(nowAtMs - sinceAtMs);
      lines.push(line(span(`  ${kind}`, tone), span(`  ${system}, for ${since}`, Tone.Dim)));
      for (const part of wrapText(text, width - 4)) lines.push(line(span(`    ${part}`)));
      for (const part of wrapText(advice, width - 4)) {
        lines.push(line(span(`    ${part}`, Tone.Dim)));
      }
    }
  }
  return lines.length > 0 ? lines : [line(span("  no warnings", Tone.Good))];
}

/** @param seen ids of deadlocks that another system has reported */
function findingsIn(
  { deadlocks, stuck, warnings }: SystemState,
  nowAtMs: number,
  seen: Set<string>,
): readonly Finding[] {
  const fresh = deadlocks.filter(({ id }) => !seen.has(id));
  for (const { id } of fresh) seen.add(id);
  return [
    ...fresh.map((deadlock) => ({
      kind: Condition.Deadlock,
      tone: toneOf(Condition.Deadlock),
      sinceAtMs: deadlock.detectedAtMs,
      text: deadlock.text,
      advice: deadlockEnd(deadlock, nowAtMs),
    })),
    ...stuck.map((handler) => ({
      kind: Condition.Stuck,
      tone: toneOf(Condition.Stuck),
      sinceAtMs: handler.busy.sinceAtMs,
      text: handler.text,
      advice: stuckAdvice(handler),
    })),
    ...warnings.map(({ kind, raisedAtMs, text, advice }) => ({
      kind,
      tone: Tone.Warn,
      sinceAtMs: raisedAtMs,
      text,
      advice,
    })),
  ];
}
