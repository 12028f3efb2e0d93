/**
 * Counts handled messages down to zero, so that a sender can await the last one.
 *
 * There is one countdown a process, because a process measures one subject and one work; a
 * module variable is cheaper in a handler than anything that would have to travel in the message.
 */
let remaining = 0;
let release: () => void = () => undefined;

/** Resolves when `arrive()` was called `count` times from now on. */
export function arrivals(count: number): Promise<void> {
  remaining = count;
  return new Promise((resolve) => {
    release = resolve;
  });
}

/** Called by each handler. False when this was the last message awaited. */
export function arrive(): boolean {
  remaining -= 1;
  if (remaining > 0) return true;
  if (remaining === 0) release();
  return false;
}
