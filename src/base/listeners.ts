/** Listeners to one kind of event, called in the order they were added. Almost free when empty. */
export class Listeners<Event> {
  readonly #onError: (error: unknown) => void;
  #all: readonly ((event: Event) => void)[] = [];

  /** @param onError receives an error thrown by a listener; the other listeners are still called */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Whether there are listeners. Checked where creating an event is expensive. */
  get used(): boolean {
    return this.#all.length > 0;
  }

  /** @returns a function that removes the listener */
  add(listener: (event: Event) => void): () => void {
    const own = (event: Event): void => listener(event);
    this.#all = [...this.#all, own];
    return () => {
      this.#all = this.#all.filter((other) => other !== own);
    };
  }

  /** Calls the listeners that are registered when the event happens. */
  emit(event: Event): void {
    if (this.#all.length === 0) return;
    for (const listener of this.#all) {
      try {
        listener(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
