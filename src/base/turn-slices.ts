import { monotonicMs, nextTurn } from "./node-timers.ts";

/** Time that a slice may take. What remains of 10 ms is for the last item of it and for the runtime. */
const SLICE_MS = 5;
/** Items between two looks at the clock. */
const LOOK_EVERY = 16;

/**
 * Calls `work` with each of many items, in slices of a few milliseconds, one per turn of the event loop, so that a
 * million items do not block it. Few items are done at once. Timed by the machine's clock, because a system's clock may be one
 * that a test moves.
 */
export async function inSlices<Item>(
  items: readonly Item[],
  work: (item: Item) => void,
): Promise<void> {
  let startedMs = monotonicMs();
  let done = 0;
  for (const item of items) {
    work(item);
    done += 1;
    if (done % LOOK_EVERY !== 0 || monotonicMs() - startedMs <= SLICE_MS) continue;
    await nextTurn();
    startedMs = monotonicMs();
  }
}
