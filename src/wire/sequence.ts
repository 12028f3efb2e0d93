import type { Snapshot } from "./snapshot.ts";

/**
 * Whether a viewer can merge `snapshot` into what it has. Changes may begin before the sequence that it
 * knows: rows are whole, so that those it has already are only written again. That happens when a viewer joins
 * a stream that others read; it starts with a snapshot of its own, newer than the stream's last one.
 *
 * @param known the sequence of the system's last snapshot; `undefined` before the first
 */
export function canMerge({ since }: Pick<Snapshot, "since">, known: number | undefined): boolean {
  return since === null || (known !== undefined && since <= known);
}
