import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";

/** A request that waits, and may be sent again as it was. */
export interface Reminder {
  /** What answers it: all that it answers is answered in about the order in which it was sent. */
  readonly leader: string;
  /** How often it was sent again. */
  times: number;
}

interface Waiting {
  readonly reminder: Reminder;
  readonly send: () => void;
  sentMs: number;
}

/** What is known of one leader. */
interface Heard {
  /** When it has answered last. */
  atMs: number;
  /** When the latest of the requests was sent that it has answered. */
  sentMs: number;
}

const LOOK_MS = 250;
/** How long a leader is silent before it is asked again. */
const SILENT_MS = 1_000;
/** An answer to a request that was sent so much later shows that one was dropped. */
const OVERTAKEN_MS = 500;

/**
 * Sends requests again that no leader may have received: without one, servers drop them and say nothing, so that one that
 * was sent just before an election ends would wait for its whole time. A leader that answers others, which were sent before,
 * is only slow, and not asked twice.
 */
export class Reminders {
  readonly #clock: Clock;
  /** In the order in which they were last sent. */
  readonly #waiting = new Map<Reminder, Waiting>();
  readonly #heard = new Map<string, Heard>();
  #timer: ClockTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of requests that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * A request was sent.
   *
   * @param send sends it again; must not throw
   */
  add(reminder: Reminder, send: () => void): void {
    const sentMs = this.#clock.monotonicMs();
    this.#waiting.set(reminder, { reminder, send, sentMs });
    this.#lookLater();
  }

  /** A request was answered. */
  answered(reminder: Reminder): void {
    const waiting = this.#waiting.get(reminder);
    if (waiting === undefined) return;
    this.#waiting.delete(reminder);
    const { sentMs } = waiting;
    const atMs = this.#clock.monotonicMs();
    const heard = this.#heard.get(reminder.leader);
    if (heard === undefined) this.#heard.set(reminder.leader, { atMs, sentMs });
    else {
      heard.atMs = atMs;
      // Which of those that were sent was answered is not known: not the last one, to be on the safe side.
      if (reminder.times === 0) heard.sentMs = Math.max(heard.sentMs, sentMs);
    }
  }

  /** A request has ended without an answer. */
  gaveUp(reminder: Reminder): void {
    this.#waiting.delete(reminder);
  }

  #lookLater(): void {
    this.#timer ??= this.#clock.schedule(() => this.#look(), LOOK_MS, KeepAlive.No);
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    const due: Waiting[] = [];
    for (const waiting of this.#waiting.values()) {
      if (nowMs - waiting.sentMs < OVERTAKEN_MS) break; // and those after it
      if (this.#isLost(waiting, nowMs)) due.push(waiting);
    }
    for (const waiting of due) {
      waiting.sentMs = nowMs;
      waiting.reminder.times += 1;
      this.#waiting.delete(waiting.reminder);
      this.#waiting.set(waiting.reminder, waiting);
      waiting.send();
    }
    if (this.#waiting.size > 0) this.#lookLater();
  }

  #isLost({ reminder, sentMs }: Waiting, nowMs: number): boolean {
    const heard = this.#heard.get(reminder.leader);
    if (heard !== undefined && heard.sentMs > sentMs + OVERTAKEN_MS) return true;
    return nowMs - Math.max(sentMs, heard?.atMs ?? 0) >= SILENT_MS;
  }
}
