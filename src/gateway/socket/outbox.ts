import { runInNextTurn } from "../../base/node-timers.ts";
import type { BlockedReader, EventSink } from "../events/event-sink.ts";
import type { SocketPoints } from "../trace/socket-points.ts";
import type { RawSocket } from "./raw-socket.ts";

/** Replies may fill the send buffer beyond its limit, up to this many times. */
const MAX_FACTOR = 4;

/** Parts of an {@link Outbox}. */
export interface OutboxParts {
  readonly raw: RawSocket;
  readonly limitBytes: number;
  readonly points: SocketPoints;
  /** Closes the socket: its client does not read. */
  readonly onSlow: () => void;
}

/** What is sent through one socket. */
export class Outbox implements EventSink {
  readonly #parts: OutboxParts;
  readonly #waiting = new Set<BlockedReader>();
  #isClosed = false;
  #isSlow = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  get bufferedBytes(): number {
    return this.#isClosed ? 0 : this.#parts.raw.bufferedBytes;
  }

  get isFull(): boolean {
    return this.#parts.raw.bufferedBytes >= this.#parts.limitBytes;
  }

  send(frame: string | Buffer): void {
    if (this.#isClosed || this.#isSlow) return;
    const { raw, points, limitBytes } = this.#parts;
    points.sent(typeof frame === "string" ? Buffer.byteLength(frame) : frame.length);
    raw.send(frame, this.#sent);
    if (raw.bufferedBytes > MAX_FACTOR * limitBytes) this.overtaken();
  }

  whenRoom(reader: BlockedReader): void {
    if (!this.#isClosed) this.#waiting.add(reader);
  }

  overtaken(): void {
    if (this.#isClosed || this.#isSlow) return;
    this.#isSlow = true;
    // What is sent is sent in turns of actors, in which nothing may be sent to them.
    runInNextTurn(() => {
      if (!this.#isClosed) this.#parts.onSlow();
    });
  }

  /** Sends nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }

  readonly #sent = (): void => {
    if (this.#waiting.size === 0 || this.isFull) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reader of waiting) reader.resume();
  };
}
