/** Listeners to one kind of event, called in the order in which they were added. */
export class Listeners<Arguments extends readonly unknown[]> {
  readonly #report: (error: unknown) => void;
  readonly #all = new Set<{ readonly listener: (...args: Arguments) => unknown }>();

  /** @param report receives what a listener throws; the others are still called */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Adds a listener. Returns what removes it. */
  add(listener: (...args: Arguments) => unknown): () => void {
    const entry = { listener };
    this.#all.add(entry);
    return () => void this.#all.delete(entry);
  }

  /** Calls the listeners, except for those that are removed meanwhile. */
  emit(...args: Arguments): void {
    for (const entry of [...this.#all]) {
      if (this.#all.has(entry)) callListener(this.#report, entry.listener, args);
    }
  }
}

/** Calls a listener. `report` receives what it throws, and what an asynchronous one rejects with. */
function callListener<Arguments extends readonly unknown[]>(
  report: (error: unknown) => void,
  listener: (...args: Arguments) => unknown,
  args: Arguments,
): void {
  try {
    const result = listener(...args);
    if (result instanceof Promise) result.catch(report);
  } catch (error) {
    report(error);
  }
}
