/** Colours of lines, in their order; legible on light and dark. */
const PALETTE = [
  "#4c8df6",
  "#f0a637",
  "#46b36a",
  "#c46bdb",
  "#ee6a5f",
  "#2fb3c4",
  "#a3b537",
  "#8b7cf2",
  "#ec77a6",
  "#b68a5c",
];

/** The colour of the `index`th line. */
export function lineColor(index: number): string {
  return PALETTE[index % PALETTE.length] ?? "";
}
