import type { Context } from "@opentelemetry/api";
import type { DeadLetterReason, MessageKind } from "../../telemetry/attributes.ts";

/** A message that reached no handler. */
export interface DeadLetter {
  readonly actorId: string;
  readonly actorType: string;
  readonly messageType: string;
  readonly kind: MessageKind;
  readonly reason: DeadLetterReason;
  /** The actor that sent it, when it came from one and a context manager is registered. */
  readonly senderId: string | undefined;
  /** OpenTelemetry's context of the sender: the trace that lost a message. */
  readonly context: Context;
  /** The arguments as they were sent. */
  readonly args: readonly unknown[];
}

/** Dead letters remembered for whoever looks later. */
const REMEMBERED = 100;

/** Where messages that nobody handled can be seen. */
export class DeadLetters {
  readonly #listeners = new Set<(letter: DeadLetter) => void>();
  readonly #onListenerError: (error: unknown) => void;
  readonly #recent: DeadLetter[] = [];
  #total = 0;

  /** @internal */
  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  /** Dead letters since the system was created. */
  get total(): number {
    return this.#total;
  }

  /** The last hundred, oldest first. */
  recent(): readonly DeadLetter[] {
    return [...this.#recent];
  }

  /**
   * Calls `listener` with each further dead letter; what it throws is logged and goes no further.
   *
   * @returns a function that ends the subscription
   */
  subscribe(listener: (letter: DeadLetter) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** @internal */
  add(letter: DeadLetter): void {
    this.#total += 1;
    this.#recent.push(letter);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    for (const listener of this.#listeners) {
      try {
        listener(letter);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }
}
