/** Listeners to one kind of event, called in the order they were added. Costs next to nothing without any. */
export class Listeners<Event> {
  readonly #onError: (error: unknown) => void;
  #all: readonly ((event: Event) => void)[] = [];

  /** @param onError gets what a listener throws; the other listeners are called all the same */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Whether there is any listener: checked where making an event costs something. */
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

  /** Calls those that are listening when the event happens. */
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
