import { cut, displayWidth } from "./display-text.ts";

/** How a piece of text is meant; what colour that is the terminal's palette decides. */
export const Tone = {
  Plain: "plain",
  Dim: "dim",
  Strong: "strong",
  Good: "good",
  Busy: "busy",
  Wait: "wait",
  Warn: "warn",
  Bad: "bad",
  /** What must not be overlooked. */
  Alarm: "alarm",
  /** The line the cursor is on. */
  Selected: "selected",
} as const;
export type Tone = (typeof Tone)[keyof typeof Tone];

/** A piece of a line. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of the screen, its pieces from left to right. */
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

/** Exactly `width` cells of `source`: what is too long is cut, what is short filled with spaces. */
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

/** `left` and `right` at the two ends of a line of `width` cells; `right` stays whole where both cannot. */
export function spread(left: StyledLine, right: StyledLine, width: number): StyledLine {
  const ending = textOf(right);
  const room = width - displayWidth(ending) - 1;
  if (room < 1) return fitLine(right, width);
  return [...fitLine(left, room), span(" "), ...right];
}
