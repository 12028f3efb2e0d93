/** What would move the cursor, change colours or turn the direction of writing: never written as it is. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const PLAIN = /^[ -~]*$/;
/** East Asian wide characters and pictures, which take two cells; the rest of what is printable takes one. */
const WIDE =
  /^(?:\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}])/u;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * `text` with every character that a terminal would act upon shown instead, as `\u{1b}`. All that comes
 * over the wire passes here before it is written: names and messages are chosen by others.
 */
export function safeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** Cells that `text` takes, which must be safe. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** `text`, made safe, cut to at most `width` cells; what was cut ends in an ellipsis. */
export function cut(text: string, width: number): string {
  const safe = safeText(text);
  if (displayWidth(safe) <= width) return safe;
  if (width <= 0) return "";
  const kept = PLAIN.test(safe) ? safe.slice(0, width - 1) : cutGraphemes(safe, width - 1);
  return `${kept}…`;
}

/** The same, filled up to exactly `width` cells on its right. */
export function fit(text: string, width: number): string {
  const short = cut(text, width);
  return short + " ".repeat(Math.max(0, width - displayWidth(short)));
}

/** The same, filled up on its left. */
export function fitRight(text: string, width: number): string {
  const short = cut(text, width);
  return " ".repeat(Math.max(0, width - displayWidth(short))) + short;
}

/** `text` in lines of at most `width` cells, broken at spaces where there are any. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of safeText(text).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (displayWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (width > 0 && displayWidth(line) > width) {
      const part = cutGraphemes(line, width);
      if (part === "") break;
      lines.push(part);
      line = line.slice(part.length);
    }
  }
  if (line !== "") lines.push(line);
  return lines;
}

function cutGraphemes(text: string, width: number): string {
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += graphemeWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return kept;
}

function graphemeWidth(grapheme: string): number {
  if (/^\p{Mn}+$/u.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}
