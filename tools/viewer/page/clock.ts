/** The time of day in the reader's zone, as in 14:05:30.123. */
export function clockWithMs(timeMs: number): string {
  const milliseconds = String(Math.floor(timeMs % 1_000)).padStart(3, "0");
  return `${new Date(timeMs).toTimeString().slice(0, 8)}.${milliseconds}`;
}
