import type { ServerResponse } from "node:http";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { Refusal } from "../../http/refusal.ts";
import { ProblemCode } from "../problem.ts";
import { Channel } from "./channel.ts";
import type { FrameParts } from "./frames.ts";
import { Viewer } from "./stream-client.ts";

/** Frames a second: a viewer gets the highest of these that is not above what it asks for. */
const RATES_HZ = [4, 2, 1, 0.5, 0.25] as const;
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = Buffer.from(":\n\n");
/** A viewer that has taken nothing for so long is gone, or as good as. */
const STALLED_MS = 60_000;
/** Numbers of frames begin at the time: one of an earlier process is not taken for one of this. */
const FRAMES_PER_MS = 1_000;

/** How a viewer wants its events. */
export interface StreamOptions {
  readonly rateHz: number;
  /** The last frame it had. */
  readonly last: number | undefined;
}

/** Shows viewers what goes on, as server-sent events. Does nothing while there is no viewer. */
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

  /** How many viewers there are. */
  get viewers(): number {
    let viewers = 0;
    for (const { size } of this.#channels.values()) viewers += size;
    return viewers;
  }

  /**
   * Makes a viewer of whoever is at the other end of `response`.
   *
   * @throws {@link Refusal} 503 when there are enough
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

  /** Lets go of what is kept for viewers that may come back. */
  forget(): void {
    for (const channel of this.#channels.values()) if (channel.size === 0) channel.forget();
  }

  /** Sends all viewers away. */
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

  /** Shows viewers and whatever is between that the connection lives, and notices those that do not. */
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
