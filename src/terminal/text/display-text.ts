/**
 * Characters that move the cursor, change colours or switch the writing direction. They are never written
 * unescaped.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const PLAIN = /^[ -~]*$/;
/** East Asian wide characters and emoji, which take two cells. All other printable characters take one. */
const WIDE =
  /^(?:\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}])/u;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Escapes every character that a terminal would interpret, for example as `\u{1b}`. All text received over
 * the wire must pass through this function: names and messages are untrusted.
 */
export function safeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** Returns the number of cells that `text` takes. It must be safe. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** Escapes `text` and truncates it to `width` cells. Truncated text ends in an ellipsis. */
export function cut(text: string, width: number): string {
  const safe = safeText(text);
  if (displayWidth(safe) <= width) return safe;
  if (width <= 0) return "";
  const kept = PLAIN.test(safe) ? safe.slice(0, width - 1) : cutGraphemes(safe, width - 1);
  return `${kept}…`;
}

/** Like {@link cut}, and pads the text on the right to exactly `width` cells. */
export function fit(text: string, width: number): string {
  const short = cut(text, width);
  return short + " ".repeat(Math.max(0, width - displayWidth(short)));
}

/** Like {@link cut}, and pads the text on the left to exactly `width` cells. */
export function fitRight(text: string, width: number): string {
  const short = cut(text, width);
  return " ".repeat(Math.max(0, width - displayWidth(short))) + short;
}

/** Wraps `text` to lines of at most `width` cells, at spaces where possible. */
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
