import type { NatsConnection } from "@nats-io/transport-node";

/**
 * Whether the connection is up. The client does not end requests when it loses the connection, and buffers without bound
 * what is sent before it is back; both are decided here instead.
 */
export class Link {
  readonly #connection: NatsConnection;
  readonly #events: ReturnType<NatsConnection["status"]> & { stop?(): void };
  readonly #onLost = new Set<() => void>();
  readonly #onBack = new Set<() => void>();
  #isLost = false;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#events = connection.status();
    void this.#follow(); // ends with the connection, or with `stop`; never rejects
  }

  get isUp(): boolean {
    return !this.#isLost && !this.#connection.isClosed();
  }

  /** Calls `listener` when the connection is lost. Returns what removes it. */
  onLost(listener: () => void): () => void {
    this.#onLost.add(listener);
    return () => this.#onLost.delete(listener);
  }

  /** Calls `listener` whenever the connection is back. Returns what removes it. */
  onBack(listener: () => void): () => void {
    this.#onBack.add(listener);
    return () => this.#onBack.delete(listener);
  }

  /** Ends the watch. The link counts as lost then. */
  stop(): void {
    this.#events.stop?.();
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.#events) {
      if (type === "disconnect") this.#lose();
      else if (type === "reconnect") this.#regain();
    }
    this.#lose();
  }

  #lose(): void {
    this.#isLost = true;
    for (const listener of [...this.#onLost]) listener();
  }

  #regain(): void {
    this.#isLost = false;
    for (const listener of [...this.#onBack]) listener();
  }
}
