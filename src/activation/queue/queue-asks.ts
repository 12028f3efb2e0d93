/** The asker of a queue message. */
export interface Asker {
  readonly settled: boolean;
  reply(value: unknown): void;
  reject(error: unknown): void;
}

interface WaitingAsk {
  readonly asker: Asker;
  readonly release: () => void;
}

/** Askers of one activation that wait until their messages are completed. A restart of the actor keeps them. */
export class QueueAsks {
  readonly #asks = new Map<string, WaitingAsk>();

  /** @param release ends what keeps the actor awake for the asker */
  add(id: string, asker: Asker, release: () => void): void {
    this.#asks.set(id, { asker, release });
  }

  reply(id: string, value: unknown): void {
    this.#take(id)?.reply(value);
  }

  reject(id: string, error: unknown): void {
    this.#take(id)?.reject(error);
  }

  /** Ends the wait for a message whose asker has given up. */
  forget(id: string): void {
    this.#take(id);
  }

  /** Rejects all: the activation has ended. Their messages stay in the queue. */
  close(error: unknown): void {
    for (const id of [...this.#asks.keys()]) this.reject(id, error);
  }

  #take(id: string): Asker | undefined {
    const ask = this.#asks.get(id);
    this.#asks.delete(id);
    ask?.release();
    return ask?.asker;
  }
}
