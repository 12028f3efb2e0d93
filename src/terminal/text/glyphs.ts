/** The characters that a screen is drawn with. */
export interface Glyphs {
  readonly cursor: string;
  readonly open: string;
  readonly closed: string;
  readonly leaf: string;
  readonly arrow: string;
  readonly ascending: string;
  readonly descending: string;
  readonly barFull: string;
  readonly barEmpty: string;
  readonly rule: string;
  readonly wall: string;
  readonly dot: string;
  /** Whether curves are drawn with braille. Otherwise `levels` is used, from lowest to highest. */
  readonly braille: boolean;
  readonly levels: readonly string[];
}

export const UNICODE_GLYPHS: Glyphs = {
  cursor: "›",
  open: "▾",
  closed: "▸",
  leaf: "·",
  arrow: "→",
  ascending: "↑",
  descending: "↓",
  barFull: "█",
  barEmpty: "░",
  rule: "─",
  wall: "│",
  dot: "·",
  braille: true,
  levels: [" ", "▂", "▄", "▆", "█"],
};

export const ASCII_GLYPHS: Glyphs = {
  cursor: ">",
  open: "-",
  closed: "+",
  leaf: " ",
  arrow: "->",
  ascending: "^",
  descending: "v",
  barFull: "#",
  barEmpty: ".",
  rule: "-",
  wall: "|",
  dot: "-",
  braille: false,
  levels: [" ", ".", "-", "=", "#"],
};

/** Returns the glyphs for the terminal's locale: ASCII without UTF-8. */
export function glyphsFor(environment: NodeJS.ProcessEnv): Glyphs {
  const { LC_ALL, LC_CTYPE, LANG } = environment;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((name) => name !== undefined && name !== "");
  const plain = locale !== undefined && !/utf-?8/i.test(locale);
  return plain ? ASCII_GLYPHS : UNICODE_GLYPHS;
}
