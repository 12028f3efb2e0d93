import type { ServerResponse } from "node:http";

const RETRY_MS = 1_000;

/**
 * Somebody who gets events. At most one frame waits for a reader that is slow: while its socket is not
 * drained it gets nothing, and then everything at once.
 */
export class Viewer {
  readonly #response: ServerResponse;
  #blocked = false;
  /** Since when nothing has been taken, on the monotonic clock. */
  blockedSinceMs = 0;
  /** Whether it has missed a frame, or had none yet. */
  needsAll = true;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on("drain", () => {
      this.#blocked = false;
    });
    response.writeHead(200, {
      "Content-Type": "text/event-stream; charset=utf-8",
      "X-Accel-Buffering": "no",
    });
    this.#blocked = !response.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** Whether its socket has not taken yet what it was given. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Ends when the reader goes, or is sent away. */
  onceGone(listener: () => void): void {
    this.#response.once("close", listener);
  }

  /** @param event bytes shared by all viewers: nobody copies them */
  write(event: Buffer, nowMs: number): void {
    if (this.#response.write(event)) return;
    this.#blocked = true;
    this.blockedSinceMs = nowMs;
  }

  end(): void {
    if (this.#blocked) this.#response.destroy();
    else this.#response.end();
  }
}
