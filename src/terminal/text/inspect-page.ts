import { countText } from "../../viewer/format.ts";
import { wrapText } from "./display-text.ts";
import { line, type Span, type StyledLine, span, Tone } from "./styled-line.ts";

/** Width in cells of the names on the left. */
const NAME_CELLS = 11;
const MOST_LISTED = 5;

/** Lines with a name on the left, which is blank on continuation lines. */
export class InspectPage {
  readonly lines: StyledLine[] = [];
  readonly #room: number;

  constructor(width: number) {
    this.#room = Math.max(10, width - NAME_CELLS);
  }

  add(name: string, ...spans: readonly Span[]): void {
    this.lines.push(line(span(name.padEnd(NAME_CELLS), Tone.Dim), ...spans));
  }

  addText(name: string, text: string, tone: Tone = Tone.Plain): void {
    const [first = "", ...others] = wrapText(text, this.#room);
    this.add(name, span(first, tone));
    for (const other of others) this.add("", span(other, tone));
  }

  /** Adds the first few of `texts`, one per line, and the number of those left. */
  addList(name: string, texts: readonly string[], tone: Tone = Tone.Plain): void {
    const more = texts.length - MOST_LISTED;
    const shown = more > 1 ? texts.slice(0, MOST_LISTED) : texts;
    for (const [at, text] of shown.entries()) this.addText(at === 0 ? name : "", text, tone);
    if (more > 1) this.add("", span(`and ${countText(more)} more`, Tone.Dim));
  }
}
