import type { ServerResponse } from "node:http";
import type { AbortNotice } from "../../base/async/abort-notice.ts";

/** Aborted when the client of a response goes away before it is complete. */
export class ClientGone implements AbortNotice {
  readonly #response: ServerResponse;
  #listeners: Set<() => void> | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get aborted(): boolean {
    return this.#response.destroyed && !this.#response.writableFinished;
  }

  get reason(): unknown {
    return this.aborted ? new DOMException("the client has gone away", "AbortError") : undefined;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (this.#listeners === undefined) {
      this.#listeners = new Set();
      this.#response.once("close", () => this.#closed());
    }
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  #closed(): void {
    if (!this.aborted) return;
    const listeners = [...(this.#listeners ?? [])];
    this.#listeners?.clear();
    for (const listener of listeners) listener();
  }
}
