import { diag } from "@opentelemetry/api";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { Frame } from "../../wire/answers.ts";
import { type FrameParts, Frames } from "./frames.ts";
import type { Viewer } from "./stream-client.ts";

/** What a channel is made with. */
export interface ChannelParts extends FrameParts {
  readonly intervalMs: number;
  /** A number no other frame has, greater than all before. */
  readonly nextSequence: () => number;
}

/** A frame that can be sent again to who comes back. */
interface SentFrame {
  readonly sequence: number;
  /** The frame it follows; `undefined` of one that holds everything. */
  readonly previous: number | undefined;
  readonly event: Buffer;
}

/** Frames take at most one part in this many of the time, down to any rate. */
const COST_SHARE = 10;
const MAX_BUFFERED = 60;
const MAX_BUFFERED_BYTES = 4 * 1_024 * 1_024;

/**
 * The viewers that look equally often: they share frames, each made and put into bytes once. Nothing is
 * made while there is no viewer.
 */
export class Channel {
  readonly #parts: ChannelParts;
  readonly #viewers = new Set<Viewer>();
  #frames: Frames;
  #sent: SentFrame[] = [];
  /** The last frame; `undefined` when nothing is known of any. */
  #sequence: number | undefined;
  /** All there was at the last frame. */
  #all: Buffer | undefined;
  #timer: ClockTimer | undefined;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
    this.#frames = new Frames(parts);
  }

  get size(): number {
    return this.#viewers.size;
  }

  get viewers(): Iterable<Viewer> {
    return this.#viewers;
  }

  /**
   * Lets a viewer in: it gets what it has missed since the frame `last`, where that is still known, else
   * everything.
   */
  join(viewer: Viewer, last: number | undefined): void {
    const paused = this.#viewers.size === 0;
    // Before it is one of them: what it has missed may begin with what has changed in the pause.
    if (paused && last !== undefined && this.#since(last) !== undefined) this.#advance();
    const missed = last === undefined ? undefined : this.#since(last);
    this.#viewers.add(viewer);
    if (missed !== undefined) {
      for (const { event } of missed) this.#give(viewer, event);
    } else if (this.#all !== undefined) {
      this.#give(viewer, this.#all);
    } else {
      this.#advance();
    }
    if (this.#timer === undefined) this.#schedule(this.#parts.intervalMs);
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#all = undefined;
  }

  /** Lets go of all that is only kept for those who come back. */
  forget(): void {
    this.#sent = [];
    this.#sequence = undefined;
    this.#all = undefined;
    this.#frames = new Frames(this.#parts);
  }

  #schedule(delayMs: number): void {
    const { clock } = this.#parts;
    this.#timer = clock.schedule(() => this.#tick(), delayMs, KeepAlive.No);
  }

  #tick(): void {
    const { clock, intervalMs } = this.#parts;
    const startedMs = clock.monotonicMs();
    try {
      this.#advance();
    } catch (error) {
      // A viewer's trouble is none of the application's, which would get it from a timer.
      diag.error("limelight's console could not make a frame", error);
    }
    const tookMs = clock.monotonicMs() - startedMs;
    this.#schedule(Math.max(intervalMs, tookMs * COST_SHARE));
  }

  /** Makes the next frame and gives it to all who can take it. */
  #advance(): void {
    const previous = this.#sequence;
    const sequence = this.#parts.nextSequence();
    const frame = this.#frames.next(sequence);
    this.#sequence = sequence;
    const event = toEvent(frame);
    this.#all = frame.full ? event : undefined;
    this.#keep({ sequence, previous: frame.full ? undefined : previous, event });
    for (const viewer of this.#viewers) {
      if (viewer.blocked) viewer.needsAll = true;
      else this.#give(viewer, viewer.needsAll ? this.#everything(sequence) : event);
    }
  }

  #everything(sequence: number): Buffer {
    this.#all ??= toEvent(this.#frames.all(sequence));
    return this.#all;
  }

  #give(viewer: Viewer, event: Buffer): void {
    viewer.needsAll = false;
    viewer.write(event, this.#parts.clock.monotonicMs());
  }

  #keep(frame: SentFrame): void {
    this.#sent.push(frame);
    let bytes = this.#sent.reduce((sum, { event }) => sum + event.length, 0);
    while (this.#sent.length > MAX_BUFFERED || bytes > MAX_BUFFERED_BYTES) {
      bytes -= this.#sent.shift()?.event.length ?? bytes;
    }
  }

  /** The frames after `last`; `undefined` when what followed it is not known any more. */
  #since(last: number): readonly SentFrame[] | undefined {
    if (last === this.#sequence) return [];
    const at = this.#sent.findIndex(({ previous }) => previous === last);
    return at === -1 ? undefined : this.#sent.slice(at);
  }
}

function toEvent(frame: Frame): Buffer {
  const { sequence } = frame;
  return Buffer.from(`id: ${sequence}\nevent: frame\ndata: ${JSON.stringify(frame)}\n\n`);
}
