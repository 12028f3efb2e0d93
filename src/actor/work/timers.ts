import type { Context } from "@opentelemetry/api";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { requireName } from "../../base/names.ts";
import { requireFunction, requireNumber } from "../../base/options.ts";
import { withRequestIdOnly } from "../../telemetry/context/request-origin.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Cancellable } from "../definition/context.ts";
import { accept } from "../delivery/admission.ts";
import { sendingContext } from "../delivery/sending-context.ts";
import { Envelope } from "../mailbox/envelope.ts";
import type { Route } from "../mailbox/route.ts";

/** How often a timer fires. */
export const TimerMode = { Once: "once", Repeating: "repeating" } as const;
export type TimerMode = (typeof TimerMode)[keyof typeof TimerMode];

const YEAR_MS = 31_536_000_000;

/**
 * A message an actor sends itself later. The mailbox limit does not apply, since the mailbox contains at most
 * one message of each timer. The handler's span starts a new trace that links to the code that set the timer;
 * a trace continued by a repeating timer would never end.
 */
export class ActorTimer implements Cancellable {
  readonly #cell: ActorCell;
  readonly #route: Route;
  readonly #periodMs: number;
  readonly #mode: TimerMode;
  readonly #action: () => unknown;
  readonly #context: Context;
  #pending: ClockTimer | undefined;
  #inMailbox: Envelope | undefined;
  #cancelled = false;

  constructor(
    cell: ActorCell,
    kind: string,
    periodMs: number,
    mode: TimerMode,
    action: () => unknown,
  ) {
    requireName("timer kind", kind);
    const min = mode === TimerMode.Repeating ? 1 : 0;
    const option = mode === TimerMode.Repeating ? "periodMs" : "delayMs";
    requireNumber(option, periodMs, { min, max: YEAR_MS });
    requireFunction("action", action ?? null);
    this.#cell = cell;
    this.#context = withRequestIdOnly(sendingContext(cell.type.system));
    this.#route = cell.type.timerRoute(kind);
    this.#periodMs = periodMs;
    this.#mode = mode;
    this.#action = () => {
      this.#inMailbox = undefined;
      return this.#cancelled ? undefined : action();
    };
    // A stop cancels timers, so a timer set during a stop never fires.
    if (cell.accepting) this.#arm();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#pending?.cancel();
    this.#cell.extrasIfAny?.timers.delete(this);
    this.#cell.noticeIdle();
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  #arm(): void {
    const { clock } = this.#cell.type.system;
    this.#pending = clock.schedule(() => this.#fire(), this.#periodMs, KeepAlive.Yes);
    if (this.#cancelled) this.#pending.cancel(); // the clock has ended the actor
  }

  #fire(): void {
    if (this.#mode === TimerMode.Repeating) this.#arm();
    else this.#cell.extrasIfAny?.timers.delete(this);
    if (this.#cancelled || this.#inMailbox !== undefined) return;
    const envelope = new Envelope(this.#route);
    envelope.first = this.#action;
    envelope.address(this.#context);
    envelope.sender = this.#cell.type.sender;
    this.#inMailbox = envelope;
    accept(this.#cell, envelope);
  }
}

/** Sets a timer of `cell`. */
export function setTimer(
  cell: ActorCell,
  kind: string,
  periodMs: number,
  mode: TimerMode,
  action: () => unknown,
): ActorTimer {
  const timer = new ActorTimer(cell, kind, periodMs, mode, action);
  if (cell.accepting) cell.ensureExtras().timers.add(timer);
  else timer.cancel(); // the clock may have ended the actor
  return timer;
}
