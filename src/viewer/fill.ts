/** Fill level of a mailbox. */
export const Fill = { Normal: "normal", High: "high", Critical: "critical" } as const;
export type Fill = (typeof Fill)[keyof typeof Fill];

/** Returns the level of a fill share: high from 1/2, critical from 4/5. */
export function fillLevel(share: number): Fill {
  if (share >= 0.8) return Fill.Critical;
  return share >= 0.5 ? Fill.High : Fill.Normal;
}
