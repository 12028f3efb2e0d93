/** How full a mailbox is. */
export const Fill = { Normal: "normal", High: "high", Critical: "critical" } as const;
export type Fill = (typeof Fill)[keyof typeof Fill];

/** High from half full, critical from four fifths. */
export function fillLevel(share: number): Fill {
  if (share >= 0.8) return Fill.Critical;
  return share >= 0.5 ? Fill.High : Fill.Normal;
}
