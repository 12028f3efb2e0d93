import { type Clock, KeepAlive } from "../../base/clock.ts";
import type { KnownRunners } from "./known-runners.ts";

/** A runner that leaves answers what it was sent; its record may be seen before its last replies. */
const LEAVING_MS = 2_000;

/**
 * Calls `listener` when no answer of a runner is to be expected any more: at once when it was lost, a moment later when it
 * has left in order. At least once for each.
 *
 * @returns what ends it
 */
export function onNoAnswer(
  runners: Pick<KnownRunners, "onGone">,
  clock: Clock,
  listener: (runnerId: string) => void,
): () => void {
  return runners.onGone((runnerId, hasLeft) => {
    if (hasLeft) clock.schedule(() => listener(runnerId), LEAVING_MS, KeepAlive.No);
    else listener(runnerId);
  });
}
