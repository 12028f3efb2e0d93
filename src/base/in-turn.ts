import { isThenable } from "./foreign-value.ts";

/**
 * Calls `steps` one after the other, and waits for those that return a promise. The first error ends it.
 *
 * @returns `undefined` if there was nothing to wait for: all steps have run
 * @throws what a step throws before one of them has returned a promise; later errors reject
 */
export function inTurn(steps: Iterable<() => unknown>): Promise<void> | undefined {
  const left = steps[Symbol.iterator]();
  for (let step = left.next(); step.done !== true; step = left.next()) {
    const result = step.value();
    if (isThenable(result)) return waitFor(result, left);
  }
  return undefined;
}

async function waitFor(first: PromiseLike<unknown>, left: Iterator<() => unknown>): Promise<void> {
  await first;
  for (let step = left.next(); step.done !== true; step = left.next()) {
    const result = step.value();
    if (isThenable(result)) await result;
  }
}
