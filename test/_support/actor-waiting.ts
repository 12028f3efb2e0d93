import { setImmediate as nextTurn } from "node:timers/promises";

/** A test that waits longer than this has failed; no test depends on the value. */
const PATIENCE_MS = 10_000;

/** Waits, turn by turn of the event loop, until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  const startedMs = performance.now();
  while (!condition()) {
    if (performance.now() - startedMs > PATIENCE_MS) {
      throw new Error(`never came true: ${condition.toString()}`);
    }
    await nextTurn();
  }
}

/** Lets all promises and messages that can go on now do so. */
export async function settleTurns(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await nextTurn();
}

/** A promise that is opened by hand: handlers await it to be in the middle of something. */
export class Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.opened = promise;
    this.open = resolve;
  }
}

/** A promise that never settles, as of a handler, hook or task that hangs. */
export function forever(): Promise<never> {
  return new Promise<never>(() => {});
}

/** The `code` a promise is rejected with; `undefined` when it is fulfilled. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return (error as { readonly code?: unknown }).code ?? error;
  }
}
