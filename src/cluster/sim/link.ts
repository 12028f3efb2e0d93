import { KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import type { SharedState } from "../embedded/shared-state.ts";
import type { Network } from "./network.ts";
import { Traffic } from "./network.ts";
import type { SimHost } from "./sim-host.ts";

/** Directions of a link. */
export const Direction = { Up: "up", Down: "down" } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** Which messages keep their order among each other. */
export interface Channel {
  lastArrivalMs: number;
}

/** A message that a cut link holds back, as the buffer of a socket does. */
interface Held {
  readonly direction: Direction;
  readonly connection: number;
  readonly pass: () => void;
}

/** How long a call waits for its reply. */
const CALL_MS = 5_000;
/** Bounds of the time after which a process or the server sees that a link is cut. */
const NOTICE_MS = [2_000, 6_000] as const;
const RECONNECT_MS = 500;

function unavailable(text: string): ClusterError {
  return new ClusterError(text, { code: ErrorCode.EngineUnavailable });
}

/**
 * The connection of a process to the server. It can be cut in either direction; after a while that is noticed, and the
 * connection is made anew once the way is free.
 */
export class Link {
  readonly #host: SimHost;
  readonly #network: Network;
  readonly #cut = new Set<Direction>();
  readonly #channels = new Map<string, Channel>();
  readonly #listeners = new Set<(isConnected: boolean) => void>();
  /** What ends the calls that wait when the connection is lost. */
  readonly #waiting = new Set<() => void>();
  /** What the server keeps for the present connection. */
  #serverSide: Set<() => void> = new Set();
  #held: Held[] = [];
  /** Number of the present or last connection. */
  #connection = 1;
  #isConnected = true;
  #isClosed = false;

  constructor(host: SimHost, network: Network) {
    this.#host = host;
    this.#network = network;
    if (network.server.state === undefined) {
      this.#isConnected = false;
      this.#reconnectLater();
    }
    host.onGone(() => this.#serverNotices());
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  onChange(listener: (isConnected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Has the server do something, and returns what that returns.
   *
   * Rejects with `ERR_ENGINE_UNAVAILABLE` if it was not sent, or if it was a read; else with
   * `ERR_ENGINE_UNKNOWN_OUTCOME` when there is no reply.
   */
  call<Value>(
    traffic: typeof Traffic.Request | typeof Traffic.Write,
    channel: string,
    operation: (state: SharedState) => Promise<Value>,
  ): Promise<Value> {
    if (this.#isClosed) {
      return Promise.reject(
        new ClusterError("the session is closed", { code: ErrorCode.EngineClosed }),
      );
    }
    if (!this.#isConnected) return Promise.reject(unavailable("the engine is not connected"));
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        timer.cancel();
        this.#waiting.delete(lost);
        end();
      };
      const noReply = (why: string): void =>
        settle(() =>
          reject(
            traffic === Traffic.Write
              ? new ClusterError(`a write has no outcome: ${why}`, {
                  code: ErrorCode.EngineUnknownOutcome,
                })
              : unavailable(why),
          ),
        );
      const lost = (): void => noReply("the connection was lost");
      const timer = this.#host.clock.schedule(
        () => noReply(`no reply within ${CALL_MS} ms`),
        CALL_MS,
        KeepAlive.No,
      );
      this.#waiting.add(lost);
      this.toServer(traffic, channel, (state) => {
        operation(state).then(
          (value) => this.toHost(Traffic.Reply, "", () => settle(() => resolve(value))),
          (error: unknown) => this.toHost(Traffic.Reply, "", () => settle(() => reject(error))),
        );
      });
    });
  }

  /** Sends something up. Messages of one channel keep their order; an empty channel has none. */
  toServer(traffic: Traffic, channel: string, arrive: (state: SharedState) => void): void {
    const connection = this.#connection;
    this.#send(Direction.Up, traffic, channel, () => {
      const { state } = this.#network.server;
      // What belongs to a connection ends with it; requests and writes may come late.
      const isOver = traffic === Traffic.Stream && connection !== this.#connection;
      if (state !== undefined && !isOver) arrive(state);
    });
  }

  /** Sends something down. It arrives only if the connection is still the same. */
  toHost(traffic: Traffic, channel: string, arrive: () => void): void {
    const connection = this.#connection;
    this.#send(Direction.Down, traffic, channel, () => {
      if (this.#isConnected && connection === this.#connection) arrive();
    });
  }

  /** Has `end` called at the server when the present connection is over. Returns what takes that back. */
  onServerSideEnd(end: () => void): () => void {
    const serverSide = this.#serverSide;
    serverSide.add(end);
    return () => void serverSide.delete(end);
  }

  /** Lets nothing pass any more, in these directions. */
  cut(directions: readonly Direction[]): void {
    for (const direction of directions) this.#cut.add(direction);
    const connection = this.#connection;
    const noticeMs = this.#network.random.between(...NOTICE_MS);
    this.#host.clock.schedule(
      () => {
        if (this.#cut.size > 0 && connection === this.#connection) this.#lose();
      },
      noticeMs,
      KeepAlive.No,
    );
  }

  /** Lets everything pass again, first what was held back. */
  heal(): void {
    this.#cut.clear();
    for (const { pass } of this.#held.splice(0)) pass();
  }

  /** The server is down: what waits at it is gone, and the process sees that soon. */
  serverLost(): void {
    this.#endServerSide();
    this.#held = this.#held.filter(({ direction }) => direction === Direction.Up);
    const connection = this.#connection;
    const { time, random } = this.#network;
    time.at(time.nowMs + random.between(0, 50), this.#host, () => {
      if (connection === this.#connection) this.#lose();
    });
  }

  /** Ends it for good, as the process has asked for. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isConnected) this.#lose();
    this.#endServerSide();
  }

  #send(direction: Direction, traffic: Traffic, channel: string, arrive: () => void): void {
    const { time } = this.#network;
    const delayMs = this.#network.delayOf(traffic);
    if (delayMs === undefined) return;
    const owner = direction === Direction.Down ? this.#host : undefined;
    const pass = (): void => {
      const atMs = this.#arrivalMs(direction + channel, channel, time.nowMs + delayMs);
      time.at(atMs, owner, arrive);
    };
    if (!this.#cut.has(direction)) pass();
    else this.#held.push({ direction, connection: this.#connection, pass });
  }

  #arrivalMs(name: string, channel: string, atMs: number): number {
    if (channel === "") return atMs;
    const state = this.#channels.get(name);
    const arrivalMs = Math.max(atMs, state?.lastArrivalMs ?? 0);
    if (state === undefined) this.#channels.set(name, { lastArrivalMs: arrivalMs });
    else state.lastArrivalMs = arrivalMs;
    return arrivalMs;
  }

  #lose(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    // Requests that have left the process may still come through, or were in its own buffers.
    const { random } = this.#network;
    this.#held = this.#held.filter(
      ({ direction }) => direction === Direction.Up && random.chance(0.5),
    );
    this.#serverNotices();
    for (const lost of [...this.#waiting]) lost();
    for (const listener of [...this.#listeners]) listener(false);
    this.#reconnectLater();
  }

  /** The server does not see at once that the process is gone. */
  #serverNotices(): void {
    const serverSide = this.#serverSide;
    const { time, random } = this.#network;
    time.at(time.nowMs + random.between(...NOTICE_MS), undefined, () => endAll(serverSide));
  }

  #endServerSide(): void {
    endAll(this.#serverSide);
  }

  #reconnectLater(): void {
    if (this.#isClosed) return;
    this.#host.clock.schedule(() => this.#reconnect(), RECONNECT_MS, KeepAlive.No);
  }

  #reconnect(): void {
    if (this.#isClosed || this.#isConnected) return;
    if (this.#cut.size > 0 || this.#network.server.state === undefined) {
      this.#reconnectLater();
      return;
    }
    this.#endServerSide(); // the server sees that the process has come again
    this.#serverSide = new Set();
    this.#connection += 1;
    this.#channels.clear();
    this.#isConnected = true;
    for (const listener of [...this.#listeners]) listener(true);
  }
}

function endAll(ends: Set<() => void>): void {
  for (const end of [...ends]) end();
  ends.clear();
}
