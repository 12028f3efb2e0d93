import type { Glyphs } from "./glyphs.ts";

/** Braille dots by height, from the bottom: for the left column of a cell, and for the right one. */
const LEFT = [0, 0x40, 0x44, 0x46, 0x47] as const;
const RIGHT = [0, 0x80, 0xa0, 0xb0, 0xb8] as const;
const BRAILLE = 0x28_00;
const LEVELS = 4;

/**
 * Draws `values` as a curve, two to a cell, scaled to `peak`. Any value above zero is at least one dot high,
 * so that it can be told from zero.
 */
export function sparkline(values: readonly number[], peak: number, glyphs: Glyphs): string {
  let text = "";
  for (let at = 0; at < values.length; at += 2) {
    const left = level(values[at] ?? 0, peak);
    const right = level(values[at + 1] ?? 0, peak);
    if (left === 0 && right === 0) text += " ";
    else if (!glyphs.braille) text += glyphs.levels[Math.max(left, right)] ?? " ";
    else text += String.fromCodePoint(BRAILLE | (LEFT[left] ?? 0) | (RIGHT[right] ?? 0));
  }
  return text;
}

function level(value: number, peak: number): number {
  if (value <= 0 || peak <= 0) return 0;
  return Math.min(LEVELS, Math.max(1, Math.ceil((value / peak) * LEVELS)));
}
