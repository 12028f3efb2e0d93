const examples: object[] = [];

/**
 * Keeps one object of a class alive for good.
 *
 * V8 throws optimised code away when a garbage collection finds no living object of a shape the code
 * was made for. Messages live so briefly that between two bursts there is none: after each major
 * collection the whole message path would run unoptimised again, and be compiled again.
 */
export function keepShape(example: object): void {
  examples.push(example);
}
