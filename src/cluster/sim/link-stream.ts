import { KeepAlive } from "../../base/clock.ts";
import type { SharedState } from "../embedded/shared-state.ts";
import type { Link } from "./link.ts";
import { Traffic } from "./network.ts";
import type { SimHost } from "./sim-host.ts";

/** How what the server sends of a stream comes to the process: in order, until the connection breaks. */
type Send = (arrive: () => void) => void;

/**
 * Begins something at the server. Returns what ends it there. What is sent before `begin` has resolved arrives too.
 */
export type Begin = (state: SharedState, send: Send) => Promise<() => void>;

const TRY_AGAIN_MS = 250;

/** Something that the server does for a process until it is stopped: begun anew on each connection. */
export class LinkStream {
  readonly #link: Link;
  readonly #host: SimHost;
  readonly #channel: string;
  readonly #begin: Begin;
  readonly #forget: () => void;
  /** Counts beginnings: only what the last one sends counts. */
  #round = 0;
  #isStopped = false;
  #end = (): void => {};

  constructor(link: Link, host: SimHost, channel: string, begin: Begin) {
    this.#link = link;
    this.#host = host;
    this.#channel = channel;
    this.#begin = begin;
    this.#forget = link.onChange((isConnected) => {
      if (isConnected) this.#beginAgain();
    });
  }

  /** Begins it for the first time. Rejects if that fails; then it is stopped. */
  async start(): Promise<void> {
    try {
      await this.#call();
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Ends it here at once, and at the server soon. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#forget();
    this.#link.toServer(Traffic.Stream, this.#channel, () => this.#end());
  }

  #beginAgain(): void {
    if (this.#isStopped) return;
    this.#call().catch(() => {
      if (!this.#link.isConnected) return; // begins with the next connection
      this.#host.clock.schedule(() => this.#beginAgain(), TRY_AGAIN_MS, KeepAlive.No);
    });
  }

  #call(): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    return this.#link.call(Traffic.Request, this.#channel, async (state) => {
      if (round !== this.#round || this.#isStopped) return;
      this.#end();
      let isOver = false;
      const send: Send = (arrive) => {
        if (isOver) return;
        this.#link.toHost(Traffic.Stream, this.#channel, () => {
          if (round === this.#round && !this.#isStopped) arrive();
        });
      };
      const stop = await this.#begin(state, send);
      const end = (): void => {
        if (isOver) return;
        isOver = true;
        forget();
        stop();
      };
      const forget = this.#link.onServerSideEnd(end);
      this.#end = end;
    });
  }
}
