import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { diag } from "../../telemetry/context/api.ts";
import type { Frame } from "../../wire/answers.ts";
import { type FrameParts, Frames } from "./frames.ts";
import type { Viewer } from "./stream-client.ts";

/** Dependencies of {@link Channel}. */
export interface ChannelParts extends FrameParts {
  readonly intervalMs: number;
  /** Returns a unique frame number, greater than all earlier ones. */
  readonly nextSequence: () => number;
}

/** A frame that can be sent again to a viewer that reconnects. */
interface SentFrame {
  readonly sequence: number;
  /** Number of the previous frame; `undefined` when this frame holds everything. */
  readonly previous: number | undefined;
  readonly event: Buffer;
}

/** Building frames takes at most 1/`COST_SHARE` of the time; the rate is reduced as far as needed. */
const COST_SHARE = 10;
const MAX_BUFFERED = 60;
const MAX_BUFFERED_BYTES = 4 * 1_024 * 1_024;

/**
 * Viewers with the same refresh rate. Each frame is built and serialized once for all of them. Nothing is
 * built while there are no viewers.
 */
export class Channel {
  readonly #parts: ChannelParts;
  readonly #viewers = new Set<Viewer>();
  #frames: Frames;
  #sent: SentFrame[] = [];
  /** Number of the last frame; `undefined` when there is none. */
  #sequence: number | undefined;
  /** The complete state as of the last frame, serialized. */
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

  /** Adds a viewer. It receives the frames after `last` if they are still kept, and everything otherwise. */
  join(viewer: Viewer, last: number | undefined): void {
    const paused = this.#viewers.size === 0;
    // Advance before the viewer is added: the frames it missed may include changes made during the pause.
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

  /** Discards the frames that are kept for viewers that reconnect. */
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
      // The error is logged: thrown from a timer it would reach the application as an uncaught exception.
      diag.error("limelight's console could not make a frame", error);
    }
    const tookMs = clock.monotonicMs() - startedMs;
    this.#schedule(Math.max(intervalMs, tookMs * COST_SHARE));
  }

  /** Builds the next frame and sends it to all viewers that are not blocked. */
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

  /** Returns the frames after `last`; `undefined` when some of them are no longer kept. */
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
