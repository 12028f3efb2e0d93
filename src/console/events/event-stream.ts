import type { ServerResponse } from "node:http";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { Refusal } from "../../http/refusal.ts";
import { ProblemCode } from "../problem.ts";
import { Channel } from "./channel.ts";
import type { FrameParts } from "./frames.ts";
import { Viewer } from "./stream-client.ts";

/** Supported frame rates in hertz. A viewer gets the highest one that does not exceed the requested rate. */
const RATES_HZ = [4, 2, 1, 0.5, 0.25] as const;
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = Buffer.from(":\n\n");
/** A viewer whose socket has accepted nothing for this long is disconnected. */
const STALLED_MS = 60_000;
/**
 * Frame numbers start at the current time, so that those of an earlier process are not mistaken for current
 * ones.
 */
const FRAMES_PER_MS = 1_000;

/** Options of a viewer's event stream. */
export interface StreamOptions {
  readonly rateHz: number;
  /** Number of the last frame that the viewer received. */
  readonly last: number | undefined;
}

/** Streams frames to viewers as server-sent events. It does nothing while there are no viewers. */
export class EventStream {
  readonly #parts: FrameParts;
  readonly #maxViewers: number;
  readonly #channels: ReadonlyMap<number, Channel>;
  #sequence: number;
  #heartbeat: ClockTimer | undefined;
  #closed = false;

  constructor(parts: FrameParts, maxViewers: number) {
    this.#parts = parts;
    this.#maxViewers = maxViewers;
    this.#sequence = Math.round(parts.clock.epochMs()) * FRAMES_PER_MS;
    const nextSequence = (): number => {
      this.#sequence += 1;
      return this.#sequence;
    };
    this.#channels = new Map(
      RATES_HZ.map((rate) => [
        rate,
        new Channel({ ...parts, nextSequence, intervalMs: 1_000 / rate }),
      ]),
    );
  }

  /** Number of connected viewers. */
  get viewers(): number {
    let viewers = 0;
    for (const { size } of this.#channels.values()) viewers += size;
    return viewers;
  }

  /**
   * Adds a viewer that reads from `response`.
   *
   * @throws {@link Refusal} 503 when the maximum number of viewers is reached
   */
  join(response: ServerResponse, { rateHz, last }: StreamOptions): void {
    if (this.#closed || this.viewers >= this.#maxViewers) {
      throw new Refusal(
        ProblemCode.TooManyViewers,
        `${this.#maxViewers} viewers are here already; close one, or raise \`maxViewers\``,
        { headers: { "Retry-After": "10" } },
      );
    }
    const rate = RATES_HZ.find((offered) => offered <= rateHz) ?? RATES_HZ[RATES_HZ.length - 1];
    const channel = this.#channels.get(rate ?? 1);
    if (channel === undefined) return;
    const viewer = new Viewer(response);
    viewer.onceGone(() => {
      channel.leave(viewer);
      if (this.viewers === 0) this.#stopHeartbeat();
    });
    channel.join(viewer, last);
    if (this.#heartbeat === undefined) this.#beat();
  }

  /** Discards the frames that are kept for viewers that reconnect. */
  forget(): void {
    for (const channel of this.#channels.values()) if (channel.size === 0) channel.forget();
  }

  /** Disconnects all viewers. */
  close(): void {
    this.#closed = true;
    this.#stopHeartbeat();
    for (const channel of this.#channels.values()) {
      for (const viewer of [...channel.viewers]) {
        channel.leave(viewer);
        viewer.end();
      }
      channel.forget();
    }
  }

  /**
   * Sends a heartbeat, so that neither viewers nor proxies time out, and disconnects viewers that have
   * stalled.
   */
  #beat(): void {
    const { clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    for (const channel of this.#channels.values()) {
      for (const viewer of [...channel.viewers]) {
        if (!viewer.blocked) viewer.write(HEARTBEAT, nowMs);
        else if (nowMs - viewer.blockedSinceMs >= STALLED_MS) viewer.end();
      }
    }
    this.#heartbeat = clock.schedule(() => this.#beat(), HEARTBEAT_MS, KeepAlive.No);
  }

  #stopHeartbeat(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = undefined;
  }
}
