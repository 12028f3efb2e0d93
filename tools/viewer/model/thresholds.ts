import type { ThresholdJson } from "./dashboard-json.ts";

/** The colour of `value`: that of the last step it reaches. */
export function colorOf(value: number | null, steps: readonly ThresholdJson[] = []): string {
  const reached = steps.filter((step) => step.value === null || (value ?? 0) >= step.value);
  return reached.at(-1)?.color ?? "green";
}
