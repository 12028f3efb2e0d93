/** The signs a screen is drawn with. */
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
  /** Whether curves are drawn with braille; with `levels`, from nothing to the most, otherwise. */
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

/** The signs a terminal can show, as its locale says: a remote one without UTF-8 gets plain letters. */
export function glyphsFor(environment: NodeJS.ProcessEnv): Glyphs {
  const { LC_ALL, LC_CTYPE, LANG } = environment;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((name) => name !== undefined && name !== "");
  const plain = locale !== undefined && !/utf-?8/i.test(locale);
  return plain ? ASCII_GLYPHS : UNICODE_GLYPHS;
}
