import type { Clock } from "../../base/clock.ts";
import type { Listeners } from "../../base/listeners.ts";
import { runInNextTurn } from "../../base/node-timers.ts";
import { refreshApiGlobals } from "../../telemetry/api-globals.ts";
import type { SystemFrame } from "../../telemetry/frames.ts";

/** Something that has messages to handle. Intrusive: it is its own node of the run queue. */
export interface Runnable {
  /** Its place in the queue; the dispatcher's alone. */
  queued: boolean;
  nextQueued: Runnable | undefined;
  /**
   * Handles messages of together up to `limit` in weight; a fast one weighs 1.
   *
   * @returns the weight of those it handled
   */
  runSlice(limit: number): number;
  /** Whether it could go on at once. */
  readonly runnable: boolean;
  /** It has been found not to be runnable any more; called while anything listens. */
  noticeIdle(): void;
  /** `runSlice` has thrown, which it never should. */
  onRuntimeFault(error: unknown): void;
}

/** What is told of the dispatcher's work. */
export interface DispatchListeners {
  /** Each wake-up. */
  readonly woke: Listeners<void>;
  /** Actors that are idle; they tell so themselves. */
  readonly idle: Pick<Listeners<never>, "used">;
}

/** Weight of the messages one actor handles before the next one's turn. */
const SLICE = 64;
/** Weight of messages between two looks at the clock: a look costs as much as a message. */
const CHECK_CLOCK_EVERY = 256;
/** How long messages may keep timers and I/O waiting. */
const TURN_MS = 5;

const resolved: Promise<void> = Promise.resolve();

/**
 * Runs the actors that have messages, in turn. One queue for a system, woken by a promise hop (70 ns,
 * where a macrotask costs 2,000); every few milliseconds it waits for a macrotask instead, so that
 * timers and I/O get their turn however long messages keep coming.
 *
 * Everything runs in the system's base frame: nothing of whoever happened to wake the dispatcher, such
 * as the span of one sender, leaks into the handling of another's message.
 */
export class Dispatcher {
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  readonly #listeners: DispatchListeners;
  /** Where everything runs. */
  readonly frame: SystemFrame;
  readonly #runBound = (): void => this.#run();
  #head: Runnable | undefined;
  #tail: Runnable | undefined;
  #awake = false;
  #messagesUntilClockCheck = CHECK_CLOCK_EVERY;
  #turnStartedMs = 0;
  /** The turn is used up: the next wake-up is a macrotask. */
  #yielding = false;
  readonly #wake = (): void => this.frame.run(this.#runBound);
  readonly #wakeInNewTurn = (): void => {
    this.#turnStartedMs = this.#clock.monotonicMs();
    this.#yielding = false;
    this.#wake();
  };
  /** The actor at work. */
  #running: Runnable | undefined;

  /**
   * @param frame where everything runs
   * @param clock whose readings never throw
   * @param onFault is told of an error that came while no actor was at work
   */
  constructor(
    frame: SystemFrame,
    clock: Clock,
    onFault: (error: unknown) => void,
    listeners: DispatchListeners,
  ) {
    this.frame = frame;
    this.#clock = clock;
    this.#onFault = onFault;
    this.#listeners = listeners;
  }

  /** Gives `runnable` a turn soon; a no-op when it already waits for one. */
  schedule(runnable: Runnable): void {
    if (runnable.queued) return;
    runnable.queued = true;
    this.#append(runnable);
    if (this.#awake) return;
    this.#awake = true;
    if (this.#yielding) runInNextTurn(this.#wakeInNewTurn);
    else void resolved.then(this.#wake); // `#run` never throws
  }

  /**
   * A clock reading somebody made anyway: ends a turn of slow handlers in time.
   *
   * @returns whether the actor at work should let go before its slice is used up
   */
  checkTurnBudget(nowMs: number): boolean {
    if (nowMs - this.#turnStartedMs <= TURN_MS) return false;
    this.#messagesUntilClockCheck = 0;
    return true;
  }

  #append(runnable: Runnable): void {
    runnable.nextQueued = undefined;
    if (this.#tail === undefined) this.#head = runnable;
    else this.#tail.nextQueued = runnable;
    this.#tail = runnable;
  }

  #run(): void {
    refreshApiGlobals();
    try {
      this.#listeners.woke.emit();
      this.#runQueue();
    } catch (error) {
      this.#recover(error);
    }
    this.#awake = this.#head !== undefined;
    if (this.#awake) runInNextTurn(this.#wakeInNewTurn);
  }

  #runQueue(): void {
    const { idle } = this.#listeners;
    for (;;) {
      const runnable = this.#head;
      if (runnable === undefined) break;
      this.#head = runnable.nextQueued;
      if (this.#head === undefined) this.#tail = undefined;
      runnable.nextQueued = undefined;
      this.#running = runnable;
      this.#messagesUntilClockCheck -= runnable.runSlice(SLICE) + 1;
      if (runnable.runnable) {
        this.#append(runnable);
      } else {
        runnable.queued = false;
        if (idle.used) runnable.noticeIdle();
      }
      this.#running = undefined;
      if (this.#messagesUntilClockCheck <= 0 && this.#turnIsOver()) break;
    }
  }

  /** Something threw that never should: whatever became of that actor, the others go on. */
  #recover(error: unknown): void {
    const runnable = this.#running;
    this.#running = undefined;
    if (runnable === undefined) {
      this.#onFault(error);
    } else {
      runnable.queued = false;
      runnable.onRuntimeFault(error);
    }
  }

  #turnIsOver(): boolean {
    this.#messagesUntilClockCheck = CHECK_CLOCK_EVERY;
    this.#yielding = this.#clock.monotonicMs() - this.#turnStartedMs > TURN_MS;
    return this.#yielding;
  }
}
