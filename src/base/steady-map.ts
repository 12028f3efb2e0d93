/** Values that are there, in a box: a removed entry has none, and `undefined` may be a value. */
interface Entry<Value> {
  readonly value: Value;
}

/** Entries without a value that are kept, at least; and at most as many as have one, if those are more. */
const KEPT = 64;

/**
 * A map whose entries come and go all the time. A `Map` that becomes empty again and again makes a new table at each
 * removal, and its old tables keep their successors, with what is in them, until the next full garbage collection.
 * Here a removed key stays for a while, without its value, and the table is replaced as a whole when there are many.
 */
export class SteadyMap<Key, Value> {
  #entries = new Map<Key, Entry<Value> | undefined>();
  #removed = 0;

  get size(): number {
    return this.#entries.size - this.#removed;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: Key): boolean {
    return this.#entries.get(key) !== undefined;
  }

  set(key: Key, value: Value): void {
    const before = this.#entries.size;
    const isKept = this.#removed > 0 && !this.has(key);
    this.#entries.set(key, { value });
    if (isKept && this.#entries.size === before) this.#removed -= 1;
  }

  /** Returns whether it was there. */
  delete(key: Key): boolean {
    if (!this.has(key)) return false;
    this.#entries.set(key, undefined);
    this.#removed += 1;
    if (this.#removed > Math.max(KEPT, this.size)) this.#replace();
    return true;
  }

  /** The values at this moment, in the order in which their keys were first set. */
  values(): Value[] {
    const values: Value[] = [];
    for (const entry of this.#entries.values()) if (entry !== undefined) values.push(entry.value);
    return values;
  }

  #replace(): void {
    const entries = new Map<Key, Entry<Value>>();
    for (const [key, entry] of this.#entries) if (entry !== undefined) entries.set(key, entry);
    this.#entries = entries;
    this.#removed = 0;
  }
}
