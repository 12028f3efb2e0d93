interface Item<Value> {
  readonly dueMs: number;
  readonly value: Value;
}

/** Values by the times at which they are due, earliest first. A binary heap; entries that were overtaken stay until due. */
export class DueHeap<Value> {
  readonly #items: Item<Value>[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(dueMs: number, value: Value): void {
    const items = this.#items;
    let at = items.length;
    const item = { dueMs, value };
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || parent.dueMs <= dueMs) break;
      items[at] = parent;
      at = above;
    }
    items[at] = item;
  }

  /** Takes the earliest value that is due at `nowMs`. */
  pop(nowMs: number): Value | undefined {
    const first = this.#items[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    const last = this.#items.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first.value;
  }

  clear(): void {
    this.#items.length = 0;
  }

  #sink(item: Item<Value>): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = items[below];
      if (left === undefined) break;
      const right = items[below + 1];
      let child = left;
      if (right !== undefined && right.dueMs < left.dueMs) {
        below += 1;
        child = right;
      }
      if (child.dueMs >= item.dueMs) break;
      items[at] = child;
      at = below;
    }
    items[at] = item;
  }
}
