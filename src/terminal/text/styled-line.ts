import { cut, displayWidth } from "./display-text.ts";

/** Meaning of a piece of text. The terminal's palette maps it to a colour. */
export const Tone = {
  Plain: "plain",
  Dim: "dim",
  Strong: "strong",
  Good: "good",
  Busy: "busy",
  Wait: "wait",
  Warn: "warn",
  Bad: "bad",
  /** Critical. */
  Alarm: "alarm",
  /** The line with the cursor. */
  Selected: "selected",
} as const;
export type Tone = (typeof Tone)[keyof typeof Tone];

/** A piece of a line with one tone. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of the screen, from left to right. */
export type StyledLine = readonly Span[];

export function span(text: string, tone: Tone = Tone.Plain): Span {
  return { text, tone };
}

export function line(...spans: readonly Span[]): StyledLine {
  return spans;
}

export function textOf(spans: StyledLine): string {
  return spans.map(({ text }) => text).join("");
}

/** Truncates or pads `source` to exactly `width` cells. */
export function fitLine(source: StyledLine, width: number): StyledLine {
  const spans: Span[] = [];
  let left = width;
  for (const { text, tone } of source) {
    if (left <= 0) break;
    const shown = cut(text, left);
    if (shown === "") continue;
    spans.push({ text: shown, tone });
    left -= displayWidth(shown);
  }
  if (left > 0) spans.push(span(" ".repeat(left)));
  return spans;
}

/**
 * Places `left` and `right` at the two ends of a line of `width` cells. If they do not fit, `left` is
 * truncated.
 */
export function spread(left: StyledLine, right: StyledLine, width: number): StyledLine {
  const ending = textOf(right);
  const room = width - displayWidth(ending) - 1;
  if (room < 1) return fitLine(right, width);
  return [...fitLine(left, room), span(" "), ...right];
}
