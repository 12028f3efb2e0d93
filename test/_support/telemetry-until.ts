import { setImmediate as nextTurn } from "node:timers/promises";

const MAX_TURNS = 100_000;

/** Lets the event loop turn until `condition` holds: no scenario waits for a length of time. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    if (condition()) return;
    await nextTurn();
  }
  throw new Error(`${what} did not happen within ${MAX_TURNS} turns of the event loop`);
}
