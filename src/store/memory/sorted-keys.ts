import { compareKeys, lowerBound } from "../contract/key-order.ts";

/** A chunk is split beyond this number of keys: insertion moves a part of one chunk, not of all keys. */
const MAX_CHUNK = 512;

const itself = (key: string): string => key;
const firstOf = (chunk: readonly string[]): string => chunk[0] as string;

/** A set of keys, sorted by their bytes. No chunk is empty. */
export class SortedKeys {
  readonly #chunks: string[][] = [];

  /** Adds a key that is not there yet. */
  add(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      return;
    }
    chunk.splice(lowerBound(chunk, key, itself), 0, key);
    if (chunk.length > MAX_CHUNK) {
      this.#chunks.splice(at + 1, 0, chunk.splice(MAX_CHUNK / 2));
    }
  }

  /** Removes a key that is there. */
  remove(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at] as string[];
    chunk.splice(lowerBound(chunk, key, itself), 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /**
   * Calls `visit` with the keys not below `from`, in order, until it returns `false`. It must not change the set. Not a
   * generator: most visits end with the first key.
   */
  visit(from: string, visit: (key: string) => boolean): void {
    for (let at = this.#chunkOf(from); at < this.#chunks.length; at += 1) {
      const chunk = this.#chunks[at] as string[];
      const start = compareKeys(firstOf(chunk), from) >= 0 ? 0 : lowerBound(chunk, from, itself);
      for (let index = start; index < chunk.length; index += 1) {
        if (!visit(chunk[index] as string)) return;
      }
    }
  }

  /** Returns the index of the chunk that `key` belongs to: the last one that does not begin after it. */
  #chunkOf(key: string): number {
    const next = lowerBound(this.#chunks, key, firstOf);
    const chunk = this.#chunks[next];
    if (chunk !== undefined && firstOf(chunk) === key) return next;
    return Math.max(0, next - 1);
  }
}
