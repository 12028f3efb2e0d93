import type { ServerResponse } from "node:http";

const RETRY_MS = 1_000;

/**
 * A client of the event stream. While its socket is not drained it receives nothing, and then a single frame
 * with everything, so that at most one frame is buffered for a slow reader.
 */
export class Viewer {
  readonly #response: ServerResponse;
  #blocked = false;
  /** When the socket stopped accepting data, on the monotonic clock. */
  blockedSinceMs = 0;
  /** Whether it has missed a frame, or received none yet. */
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

  /** Whether the socket has not yet accepted what was written. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Calls `listener` when the viewer disconnects or is disconnected. */
  onceGone(listener: () => void): void {
    this.#response.once("close", listener);
  }

  /** @param event bytes shared by all viewers; they are not copied */
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
