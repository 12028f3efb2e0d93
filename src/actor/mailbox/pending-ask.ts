import type { Context, Span } from "@opentelemetry/api";
import type { AbortNotice } from "../../base/async/abort-notice.ts";
import { DeliveryError, ErrorCode, toError } from "../../base/errors.ts";
import { isThenable, toPromise } from "../../base/foreign-value.ts";
import { keepShape } from "../../base/shapes.ts";
import type { WheelEntry } from "../../base/timer-wheel.ts";
import { finishSpan } from "../../telemetry/traces/guarded-spans.ts";
import type { ActorCell } from "../cell/cell.ts";
import { throwWhereAwaited } from "./awaited-stack.ts";
import { replyHolder } from "./reply-holders.ts";
import type { Route } from "./route.ts";
import { countSettled } from "./sender.ts";

const ignore = (): void => {};

/** Gets the result of an ask in the turn in which it is known. Its methods must not throw. */
export interface AskAnswer {
  reply(value: unknown): void;
  /**
   * Returns what is given in place of a reply that waits for the store. What an actor refers to in its reply goes on to
   * change meanwhile. Absent: the reply itself.
   */
  hold?(value: unknown): unknown;
  /** @param handled whether the handler has run, at least in part */
  fail(error: unknown, handled: boolean): void;
}

/** Clean-up when an ask settles, in addition to the reply. */
interface AskCleanup {
  /** The span `ask {type}.{message}`, if this ask opened one. */
  readonly span?: Span;
  /** Removes the listener from the caller's abort signal. */
  readonly ignoreSignal?: () => void;
  /** Removes its message from the senders waiting for room. */
  readonly leaveQueue?: () => void;
  /** Gets the result, for which no promise is awaited. */
  readonly answer?: AskAnswer;
}

/** How an ask has ended. */
interface AskEnd {
  /** `undefined` for a reply. */
  readonly error: unknown;
  /** The reply, or what the asker is rejected with. */
  readonly result: unknown;
  /** Of an error: whether the handler has run, at least in part. */
  readonly handled: boolean;
}

function runCleanup(cleanup: AskCleanup, { error, result, handled }: AskEnd): void {
  const { span, ignoreSignal, leaveQueue, answer } = cleanup;
  ignoreSignal?.();
  leaveQueue?.();
  if (span !== undefined) finishSpan(span, error);
  if (answer === undefined) return;
  if (error !== undefined) answer.fail(result, handled);
  else if (isThenable(result))
    passOn(toPromise(result), answer); // a promise given to a delegated reply
  else answer.reply(result);
}

function passOn(result: Promise<unknown>, answer: AskAnswer): void {
  result.then(
    (value) => answer.reply(value),
    (thrown: unknown) => answer.fail(thrown, true),
  );
}

/** The caller's side of an ask: settles exactly once, by a reply, an error, a time-out or an abort. */
export class PendingAsk implements WheelEntry {
  previous: WheelEntry | undefined = undefined;
  next: WheelEntry | undefined = undefined;
  due = 0;
  readonly promise: Promise<unknown>;
  readonly route: Route;
  /** OpenTelemetry context of the asker: an actor's scope if an actor asks. */
  readonly sender: Context;
  readonly target: ActorCell;
  readonly timeoutMs: number;
  /** The actor whose handler made the ask; the only identification without a context manager. */
  running: ActorCell | undefined = undefined;
  /** Number of messages the asking actor had taken; distinguishes the asks of successive handlers. */
  senderTurn = 0;
  #resolve: (value: unknown) => void = ignore;
  #reject: (error: unknown) => void = ignore;
  /** Number of mailbox slots for its arguments. */
  slots = 0;
  /** Absent for most asks. */
  #cleanup: AskCleanup | undefined = undefined;
  #settled = false;
  /** Time of sending on the monotonic clock; `undefined` when the ask is not timed. */
  sentAtMs: number | undefined = undefined;

  constructor(target: ActorCell, route: Route, timeoutMs: number, sender: Context) {
    this.route = route;
    this.sender = sender;
    this.target = target;
    this.timeoutMs = timeoutMs;
    // The executor assigns the fields directly. Passing its arguments through variables costs more, because
    // V8 tracks old objects that point to young ones in a remembered set.
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Records the asking handler. */
  from(running: ActorCell | undefined, asker: ActorCell | undefined): void {
    this.running = running;
    if (asker !== undefined) this.senderTurn = asker.taken;
  }

  /** Whether the ask has settled. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Gives the result to `answer` as well. A rejection of the promise is ignored then. */
  answerTo(answer: AskAnswer): void {
    this.#cleanup = { ...this.#cleanup, answer };
    this.promise.catch(ignore);
  }

  /** Whether it comes from outside of all actors: its result is given to an answer, which may send it again. */
  get isFromOutside(): boolean {
    return this.#cleanup?.answer !== undefined;
  }

  /** Returns what to hold of a reply that is given later. */
  toHold(value: unknown): unknown {
    const answer = this.#cleanup?.answer;
    return answer?.hold === undefined || isThenable(value) ? value : answer.hold(value);
  }

  /** Makes `span` end with this ask. */
  under(span: Span): void {
    this.#cleanup = { ...this.#cleanup, span };
  }

  /** Calls `leaveQueue` when the ask has settled, immediately if it already has. */
  queueUp(leaveQueue: () => void): void {
    if (this.#settled) leaveQueue();
    else this.#cleanup = { ...this.#cleanup, leaveQueue };
  }

  /** Rejects the ask when `signal` aborts. */
  abortOn(signal: AbortNotice): void {
    if (this.#settled) return;
    const abort = (): void => {
      const detail = { cause: signal.reason };
      this.fail(this.#error(ErrorCode.Aborted, `ask ${this.#name()} was aborted`, detail));
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort, { once: true });
    const ignoreSignal = (): void => signal.removeEventListener("abort", abort);
    this.#cleanup = { ...this.#cleanup, ignoreSignal };
  }

  reply(value: unknown): void {
    if (this.#settled) return;
    this.#settle(undefined, value);
    this.#resolve(value);
  }

  /**
   * Rejects with the thrown value unchanged; spans and metrics get it as an error.
   *
   * @param handled whether the handler has run, at least in part
   */
  reject(thrown: unknown, handled = false): void {
    if (this.#settled) return;
    const error = toError(thrown);
    if (this.#settled) return; // by a trap of a thrown proxy, which killed the actor
    this.#settle(error, thrown, undefined, handled);
    this.#reject(thrown);
  }

  /**
   * Rejects with an error of the runtime that did not come from the asker's own call. Its stack becomes that of
   * the code that awaits the ask.
   *
   * @param knownMs how long the ask took, if that need not be measured
   * @param handled whether the handler has run, at least in part
   */
  fail(error: DeliveryError, knownMs?: number, handled = false): void {
    if (this.#settled) return;
    this.#settle(error, error, knownMs, handled);
    this.#resolve(throwWhereAwaited(error));
  }

  expire(): void {
    const holder = replyHolder(this);
    const whose = holder === undefined ? "" : `; the reply is up to ${holder.actorId}`;
    const running = (holder ?? this.target).currentMessage;
    const busy = running === undefined ? "" : `; the actor is in its handler ${running}`;
    const text = `no reply to ${this.#name()} within ${this.timeoutMs} ms${whose}${busy}`;
    this.fail(this.#error(ErrorCode.AskTimeout, text), this.timeoutMs);
  }

  #name(): string {
    return `${this.route.messageType} of ${this.target.actorId}`;
  }

  #error(code: ErrorCode, text: string, options: ErrorOptions = {}): DeliveryError {
    const { actorId } = this.target;
    const { messageType } = this.route;
    return new DeliveryError(text, { code, actorId, messageType, ...options });
  }

  #settle(error: unknown, result: unknown, knownMs?: number, handled = false): void {
    this.#settled = true;
    const { type } = this.target;
    type.system.askWheel.remove(this);
    const elapsedMs =
      this.sentAtMs === undefined ? knownMs : type.system.clock.monotonicMs() - this.sentAtMs;
    type.metrics.askEnded(elapsedMs, error);
    if (error !== undefined || this.sentAtMs !== undefined) countSettled(this, elapsedMs, error);
    if (this.#cleanup !== undefined) runCleanup(this.#cleanup, { error, result, handled });
  }
}

keepShape(new PendingAsk(undefined as never, undefined as never, 0, undefined as never));
