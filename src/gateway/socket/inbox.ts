import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { runInNextTurn } from "../../base/node-timers.ts";
import { PauseReason } from "../../telemetry/gateway-attributes.ts";
import type { SocketPoints } from "../trace/socket-points.ts";
import type { Decoded } from "./frame-decode.ts";
import type { RawSocket } from "./raw-socket.ts";

const MS_PER_SECOND = 1_000;

/** Parts of an {@link Inbox}. */
export interface InboxParts {
  readonly raw: RawSocket;
  readonly clock: Clock;
  readonly points: SocketPoints;
  readonly perSecond: number;
  readonly handle: (decoded: Decoded) => void;
  /** Whether another call may begin. */
  readonly hasRoom: () => boolean;
}

/** Why messages wait although nothing is wrong with their rate: one before them is not done. */
const BUSY = "busy";

/**
 * The messages of one socket that wait to be handled, in order. While any of them does, the socket is not read: TCP slows
 * the client down, and nothing is lost.
 */
export class Inbox {
  readonly #parts: InboxParts;
  #messages: Decoded[] = [];
  #next = 0;
  #tokens: number;
  #countedAtMs: number;
  #reason: PauseReason | typeof BUSY | undefined;
  #isBusy = false;
  #isClosed = false;
  #isProceeding = false;
  #timer: ClockTimer | undefined;

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#tokens = parts.perSecond;
    this.#countedAtMs = parts.clock.monotonicMs();
  }

  /** Whether messages wait, so that what the client has sent since is not known. */
  get isPaused(): boolean {
    return this.#reason !== undefined;
  }

  /** @param messages of a frame; one without any counts all the same */
  push(messages: readonly Decoded[]): void {
    if (messages.length === 0) this.#take();
    for (const message of messages) this.#messages.push(message);
    this.proceed();
  }

  /** Later messages wait until it is called again with `false`. */
  hold(isBusy: boolean): void {
    this.#isBusy = isBusy;
    if (!isBusy) this.#proceedSoon();
  }

  /** A call has ended. The messages that have waited for it are handled later, in no actor's turn. */
  roomed(): void {
    if (this.#reason === PauseReason.Calls) this.#proceedSoon();
  }

  close(): void {
    this.#isClosed = true;
    this.#messages = [];
    this.#timer?.cancel();
    this.#pause(undefined);
  }

  proceed(): void {
    if (this.#isProceeding) return;
    this.#isProceeding = true;
    while (this.#next < this.#messages.length && !this.#isClosed) {
      const decoded = this.#messages[this.#next] as Decoded;
      const reason = this.#reasonToWait(decoded);
      if (reason !== undefined) {
        this.#isProceeding = false;
        this.#pause(reason);
        return;
      }
      this.#take();
      this.#next += 1;
      this.#parts.handle(decoded);
    }
    this.#isProceeding = false;
    this.#messages = [];
    this.#next = 0;
    const isOver = this.#tokens < 0 && !this.#isClosed && !this.#hasToken();
    this.#pause(isOver ? PauseReason.Rate : undefined);
  }

  #reasonToWait({ message }: Decoded): PauseReason | typeof BUSY | undefined {
    if (this.#isBusy) return BUSY;
    if (!this.#hasToken()) return PauseReason.Rate;
    const isCall = message.t === "ask" || message.t === "tell" || message.t === "send";
    return isCall && !this.#parts.hasRoom() ? PauseReason.Calls : undefined;
  }

  #hasToken(): boolean {
    const { clock, perSecond } = this.#parts;
    if (this.#tokens >= 1) return true;
    const nowMs = clock.monotonicMs();
    const gained = ((nowMs - this.#countedAtMs) * perSecond) / MS_PER_SECOND;
    this.#tokens = Math.min(perSecond, this.#tokens + gained);
    this.#countedAtMs = nowMs;
    return this.#tokens >= 1;
  }

  #take(): void {
    if (this.#tokens === this.#parts.perSecond) this.#countedAtMs = this.#parts.clock.monotonicMs();
    this.#tokens -= 1;
  }

  #pause(reason: PauseReason | typeof BUSY | undefined): void {
    const { raw, points, clock, perSecond } = this.#parts;
    if (reason === PauseReason.Rate) {
      this.#timer?.cancel();
      const waitMs = ((1 - this.#tokens) * MS_PER_SECOND) / perSecond;
      this.#timer = clock.schedule(() => this.proceed(), Math.ceil(waitMs), KeepAlive.No);
    }
    if (reason === this.#reason) return;
    const before = this.#reason;
    this.#reason = reason;
    if (before !== undefined && before !== BUSY) points.paused(before, -1);
    if (reason !== undefined && reason !== BUSY) points.paused(reason, 1);
    if (reason === undefined) raw.resume();
    else if (before === undefined) raw.pause();
  }

  #proceedSoon(): void {
    runInNextTurn(() => {
      if (!this.#isClosed) this.proceed();
    });
  }
}
