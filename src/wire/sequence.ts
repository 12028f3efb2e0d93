import type { Snapshot } from "./snapshot.ts";

/**
 * Returns whether a viewer can merge `snapshot` into its current state.
 *
 * The changes may start before the sequence that the viewer knows: rows are complete, so merging a row twice
 * has no effect. This happens when a viewer joins a stream that other viewers read, because it starts with a
 * snapshot of its own that is newer than the stream's last one.
 *
 * @param known sequence of the system's last snapshot; `undefined` before the first
 */
export function canMerge({ since }: Pick<Snapshot, "since">, known: number | undefined): boolean {
  return since === null || (known !== undefined && since <= known);
}
