const examples: object[] = [];

/**
 * Keeps one object of a class alive permanently.
 *
 * V8 discards optimised code when a garbage collection finds no live object of a shape the code depends on.
 * Messages are so short-lived that none exists between two bursts. Without the kept object, the whole message
 * path would run unoptimised and be recompiled after each major collection.
 */
export function keepShape(example: object): void {
  examples.push(example);
}
