import type { Clock } from "../../base/clock.ts";
import type { Listeners } from "../../base/listeners.ts";
import { runInNextTurn } from "../../base/node-timers.ts";
import { refreshApiGlobals } from "../../telemetry/context/api-globals.ts";
import type { SystemFrame } from "../../telemetry/context/frames.ts";

/** Something that handles messages. Intrusive: it is its own node of the run queue. */
export interface Runnable {
  /** Whether it is in the run queue; written only by the dispatcher. */
  queued: boolean;
  nextQueued: Runnable | undefined;
  /**
   * Handles messages with a total weight of up to `limit`; a fast message weighs 1.
   *
   * @returns the weight of the handled messages
   */
  runSlice(limit: number): number;
  /** Whether it can handle another message immediately. */
  readonly runnable: boolean;
  /** Called when it is no longer runnable, if there are listeners. */
  noticeIdle(): void;
  /** Called when `runSlice` has thrown, which indicates a fault of the runtime. */
  onRuntimeFault(error: unknown): void;
}

/** Listeners to the dispatcher. */
export interface DispatchListeners {
  /** Called at each wake-up. */
  readonly woke: Listeners<void>;
  /** Listeners to idle actors; the actors call them. */
  readonly idle: Pick<Listeners<never>, "used">;
}

/** Total weight of the messages an actor handles before the next actor's turn. */
const SLICE = 64;
/** Weight of messages between two clock readings; a reading costs as much as a message. */
const CHECK_CLOCK_EVERY = 256;
/** Longest time for which messages may delay timers and I/O. */
const TURN_MS = 5;

const resolved: Promise<void> = Promise.resolve();

/**
 * Runs the actors that have messages, in turn. Each system has one queue, woken by a microtask (70 ns, where
 * a macrotask costs 2,000). Every few milliseconds it waits for a macrotask instead, so that timers and I/O
 * run even under a constant stream of messages.
 *
 * Everything runs in the system's base frame, so that the context of the code that wakes the dispatcher, such
 * as the span of one sender, does not leak into the handling of another message.
 */
export class Dispatcher {
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  readonly #listeners: DispatchListeners;
  /** The frame in which everything runs. */
  readonly frame: SystemFrame;
  readonly #runBound = (): void => this.#run();
  #head: Runnable | undefined;
  #tail: Runnable | undefined;
  #awake = false;
  #messagesUntilClockCheck = CHECK_CLOCK_EVERY;
  #turnStartedMs = 0;
  /** Set when the turn is used up: the next wake-up is a macrotask. */
  #yielding = false;
  readonly #wake = (): void => this.frame.run(this.#runBound);
  readonly #wakeInNewTurn = (): void => {
    this.#turnStartedMs = this.#clock.monotonicMs();
    this.#yielding = false;
    this.#wake();
  };
  /** The actor whose slice is running. */
  #running: Runnable | undefined;

  /**
   * @param frame the frame in which everything runs
   * @param clock a clock whose readings never throw
   * @param onFault receives errors thrown while no actor's slice was running
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

  /** Adds `runnable` to the run queue; a no-op when it is already queued. */
  schedule(runnable: Runnable): void {
    if (runnable.queued) return;
    // Each step is noted after it is done: where the sender's stack ends it throws, and the next call repeats it.
    if (!this.#awake) {
      if (this.#yielding) runInNextTurn(this.#wakeInNewTurn);
      else void resolved.then(this.#wake); // `#run` never throws
      this.#awake = true;
    }
    this.#append(runnable);
  }

  /**
   * Checks the turn against a clock reading made for another purpose. Ends a turn of slow handlers early.
   *
   * @returns whether the running actor should end its slice early
   */
  checkTurnBudget(nowMs: number): boolean {
    if (nowMs - this.#turnStartedMs <= TURN_MS) return false;
    this.#messagesUntilClockCheck = 0;
    return true;
  }

  #append(runnable: Runnable): void {
    runnable.queued = true;
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

  /** Handles an unexpected error: it is reported for the running actor, and the other actors continue. */
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
