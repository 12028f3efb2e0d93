import type { Window } from "./stream-limits.ts";

/**
 * Up to where the other end may send, counted from the beginning of the stream. So one that is lost or told twice does no
 * harm: a later one says more.
 */
export interface Grant {
  readonly bytes: number;
  readonly frames: number;
}

export const NO_GRANT: Grant = { bytes: 0, frames: 0 };

/** What this end may still send. */
export class Credit {
  #sentBytes = 0;
  #sentFrames = 0;
  #bytes: number;
  #frames: number;

  constructor({ bytes, frames }: Grant = NO_GRANT) {
    this.#bytes = bytes;
    this.#frames = frames;
  }

  /** Bytes that may be sent now; 0 if no frame may be. */
  get left(): number {
    return this.#sentFrames < this.#frames ? Math.max(0, this.#bytes - this.#sentBytes) : 0;
  }

  raise({ bytes, frames }: Grant): void {
    this.#bytes = Math.max(this.#bytes, bytes);
    this.#frames = Math.max(this.#frames, frames);
  }

  /** Counts a frame that is sent. */
  spend(bytes: number): void {
    this.#sentBytes += bytes;
    this.#sentFrames += 1;
  }
}

/** What this end lets the other one send. */
export class Allowance {
  readonly #window: Window;
  #granted: Grant;
  #usedBytes = 0;
  #usedFrames = 0;
  #receivedBytes = 0;
  #receivedFrames = 0;

  /** @param granted what the other end knows from the beginning */
  constructor(window: Window, granted: Grant = NO_GRANT) {
    this.#window = window;
    this.#granted = granted;
  }

  /** What the other end was told last, or is to be told. */
  get granted(): Grant {
    return this.#granted;
  }

  /** Counts a frame that has arrived. Returns false if it was not allowed. */
  receive(bytes: number): boolean {
    this.#receivedBytes += bytes;
    this.#receivedFrames += 1;
    const { bytes: maxBytes, frames } = this.#granted;
    return this.#receivedBytes <= maxBytes && this.#receivedFrames <= frames;
  }

  /** Counts a frame that has been read, and makes room. */
  use(bytes: number): void {
    this.#usedBytes += bytes;
    this.#usedFrames += 1;
  }

  /** Returns what the other end is to be told; `undefined` while half of the window is still open to it. */
  next(): Grant | undefined {
    const { bytes, frames } = this.#window;
    const next = { bytes: this.#usedBytes + bytes, frames: this.#usedFrames + frames };
    const isWorth =
      next.bytes - this.#granted.bytes >= bytes / 2 ||
      next.frames - this.#granted.frames >= frames / 2;
    if (!isWorth) return undefined;
    this.#granted = next;
    return next;
  }
}
