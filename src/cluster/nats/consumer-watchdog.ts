import type { ConsumerState, LogConsumer } from "./log-consumer.ts";
import { type Pull, SILENCE_MS } from "./pull.ts";

/** What a {@link ConsumerWatchdog} looks at. */
export interface Watched {
  readonly consumer: Pick<LogConsumer, "state">;
  readonly pull: Pick<Pull, "silentMs">;
  readonly maxInFlight: number;
}

/**
 * What to do about a consumer.
 *
 * @enum
 */
export const Remedy = {
  None: "none",
  /** Ask for messages again. */
  Pull: "pull",
  /** It is gone: create it. */
  Create: "create",
  /** Delete it and create it again. */
  Replace: "replace",
} as const;
export type Remedy = (typeof Remedy)[keyof typeof Remedy];

/** The server is asked once in so many looks without a delivery. */
const LOOKS_PER_QUESTION = 5;

/**
 * Notices a consumer that is connected and gets nothing (C1): its pull has gone lost, as after a change of the leader, or
 * messages wait for it and none is delivered. First it pulls again, then the consumer is replaced.
 */
export class ConsumerWatchdog {
  readonly #watched: Watched;
  #deliveredSince = false;
  #isLost = false;
  #looks = 0;
  /** Remedies since the last delivery. */
  #remedies = 0;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** A message was delivered. */
  delivered(): void {
    this.#deliveredSince = true;
    this.#remedies = 0;
  }

  /** The server says that the consumer is gone, or nothing answers for it. */
  lostConsumer(): void {
    this.#isLost = true;
  }

  /** Returns what to do. Called regularly. */
  async look(): Promise<Remedy> {
    const isSilent = this.#watched.pull.silentMs > SILENCE_MS;
    if (!isSilent && !this.#isLost && !this.#isQuestionDue()) return Remedy.None;
    const state = await this.#watched.consumer.state();
    this.#isLost = false;
    if (state === undefined) return Remedy.Create;
    if (isSilent) return this.#escalate();
    return this.#isStuck(state) ? this.#escalate() : Remedy.None;
  }

  #isQuestionDue(): boolean {
    if (this.#deliveredSince) {
      this.#deliveredSince = false;
      this.#looks = 0;
      return false;
    }
    this.#looks += 1;
    return this.#looks % LOOKS_PER_QUESTION === 0;
  }

  /** Messages wait, fewer are in flight than may be, and none has come while that was asked. */
  #isStuck({ pending, inFlight }: ConsumerState): boolean {
    return pending > 0 && inFlight < this.#watched.maxInFlight && !this.#deliveredSince;
  }

  #escalate(): Remedy {
    this.#remedies += 1;
    return this.#remedies === 1 ? Remedy.Pull : Remedy.Replace;
  }
}
