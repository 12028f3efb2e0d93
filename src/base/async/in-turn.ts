import { isThenable } from "../foreign-value.ts";

/**
 * Calls `steps` one after the other, and waits for those that return a promise. The first error ends it.
 *
 * @returns `undefined` if there was nothing to wait for: all steps have run
 * @throws what a step throws before one of them has returned a promise; later errors reject
 */
export function inTurn(steps: readonly (() => unknown)[]): Promise<void> | undefined {
  for (const [at, step] of steps.entries()) {
    const result = step();
    if (isThenable(result)) return waitFor(result, steps.slice(at + 1));
  }
  return undefined;
}

async function waitFor(
  first: PromiseLike<unknown>,
  left: readonly (() => unknown)[],
): Promise<void> {
  await first;
  for (const step of left) {
    const result = step();
    if (isThenable(result)) await result;
  }
}
