import type { Span } from "@opentelemetry/api";
import { DeliveryError, ErrorCode } from "../base/errors.ts";
import { type TimerWheel, WheelEntry } from "../base/timer-wheel.ts";
import { endSpan, endWithError } from "../telemetry/guarded-spans.ts";
import type { ActorCell } from "./cell.ts";
import { replyHolder } from "./reply-holders.ts";
import type { Route } from "./route.ts";

// An executor per ask would be a closure per ask: one shared function hands its arguments over here.
let resolveLast: (value: unknown) => void = () => {};
let rejectLast: (error: unknown) => void = () => {};
function capture(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  resolveLast = resolve;
  rejectLast = reject;
}

/** The caller's side of an ask: settles exactly once, by a reply, an error, a time-out or an abort. */
export class PendingAsk extends WheelEntry {
  readonly promise: Promise<unknown>;
  readonly route: Route;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  readonly #target: ActorCell;
  readonly #wheel: TimerWheel;
  readonly #timeoutMs: number;
  /** The span `ask {type}.{message}`, when this ask opened one. */
  #span: Span | undefined = undefined;
  #signal: AbortSignal | undefined = undefined;
  #onAbort: (() => void) | undefined = undefined;
  #settled = false;
  /** When it was sent, on the monotonic clock; `undefined` when it is not timed. */
  sentAtMs: number | undefined = undefined;

  constructor(target: ActorCell, route: Route, timeoutMs: number) {
    super();
    this.promise = new Promise(capture);
    this.route = route;
    this.#resolve = resolveLast;
    this.#reject = rejectLast;
    this.#target = target;
    this.#wheel = target.type.system.askWheel;
    this.#timeoutMs = timeoutMs;
    this.#wheel.add(this, timeoutMs);
  }

  /** Whether nobody waits any more. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Makes `span` end with this ask. */
  under(span: Span): void {
    this.#span = span;
  }

  /** Gives up when `signal` aborts. */
  abortOn(signal: AbortSignal): void {
    if (this.#settled) return;
    const abort = (): void => {
      const detail = { cause: signal.reason };
      this.reject(this.#error(ErrorCode.Aborted, `ask ${this.#name()} was aborted`, detail));
    };
    if (signal.aborted) {
      abort();
      return;
    }
    this.#signal = signal;
    this.#onAbort = abort;
    signal.addEventListener("abort", abort, { once: true });
  }

  reply(value: unknown): void {
    if (this.#settled) return;
    this.#settle(undefined);
    this.#resolve(value);
  }

  reject(error: unknown): void {
    if (this.#settled) return;
    this.#settle(error);
    this.#reject(error);
  }

  override expire(): void {
    const holder = replyHolder(this);
    const whose = holder === undefined ? "" : `; the reply is up to ${holder.actorId}`;
    const running = (holder ?? this.#target).currentMessage;
    const busy = running === undefined ? "" : `; the actor is in its handler ${running}`;
    const text = `no reply to ${this.#name()} within ${this.#timeoutMs} ms${whose}${busy}`;
    const error = this.#error(ErrorCode.AskTimeout, text);
    this.#settle(error, this.#timeoutMs);
    this.#reject(error);
  }

  #name(): string {
    return `${this.route.messageType} of ${this.#target.actorId}`;
  }

  #error(code: ErrorCode, text: string, options: ErrorOptions = {}): DeliveryError {
    const { actorId } = this.#target;
    const { messageType } = this.route;
    return new DeliveryError(text, { code, actorId, messageType, ...options });
  }

  #settle(error: unknown, knownMs?: number): void {
    this.#settled = true;
    this.#wheel.remove(this);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
    const { type } = this.#target;
    const elapsedMs =
      this.sentAtMs === undefined ? knownMs : type.system.clock.monotonicMs() - this.sentAtMs;
    type.metrics.askEnded(elapsedMs, error);
    if (this.#span === undefined) return;
    if (error === undefined) endSpan(this.#span);
    else endWithError(this.#span, error);
  }
}
