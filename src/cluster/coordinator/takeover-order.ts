import { Deferred } from "../../base/async/deferred.ts";

/** Urgent actors that are dealt with at a time, besides all others. */
const MAX_URGENT = 64;

/**
 * In which order the actors of a runner that is gone are placed elsewhere: those first that something waits for. Each has
 * its turn once. Urgent ones have workers of their own, so that they wait neither for others nor for what has to be known
 * before those have their turn.
 */
export class TakeoverOrder {
  readonly #work: (address: string) => Promise<void>;
  readonly #begun = new Set<string>();
  readonly #urgent: string[] = [];
  #workers = 0;
  #idle: Deferred<void> | undefined;

  /** @param work deals with an urgent actor; must not reject */
  constructor(work: (address: string) => Promise<void>) {
    this.#work = work;
  }

  /** Something waits for an actor: its turn is next, unless it has had it. */
  hurry(address: string): void {
    if (this.#begun.has(address)) return;
    this.#urgent.push(address);
    if (this.#workers === MAX_URGENT) return;
    this.#workers += 1;
    void this.#workOff(); // never rejects
  }

  /** Returns each address when it is its turn; what has become urgent meanwhile comes before the next one. */
  *turns(addresses: Iterable<string>): Generator<string> {
    for (const address of addresses) {
      for (let urgent = this.#next(); urgent !== undefined; urgent = this.#next()) yield urgent;
      if (this.#begin(address)) yield address;
    }
  }

  /** Resolves when no urgent actor is left. */
  async idle(): Promise<void> {
    if (this.#workers === 0) return;
    this.#idle ??= new Deferred();
    await this.#idle.promise;
  }

  #begin(address: string): boolean {
    if (this.#begun.has(address)) return false;
    this.#begun.add(address);
    return true;
  }

  #next(): string | undefined {
    for (;;) {
      const address = this.#urgent.shift();
      if (address === undefined || this.#begin(address)) return address;
    }
  }

  async #workOff(): Promise<void> {
    for (let address = this.#next(); address !== undefined; address = this.#next()) {
      await this.#work(address);
    }
    this.#workers -= 1;
    if (this.#workers === 0) this.#idle?.resolve();
  }
}
