import { EvictionReason } from "../../telemetry/cluster-attributes.ts";

/** Health score from which on a runner is given no further actors, and down to which it has to fall again. */
const UNHEALTHY_FROM = 6;
const HEALTHY_TO = 2;
/** Actors in a row whose starts have failed for a reason of the runner before it is given no further ones. */
const FAILURES = 5;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * Whether a runner that says it is ready is of use (C6): one that loops over acquisition, since its starts fail or its lease
 * is lost again and again, has the fewest actors, and would be given every next one.
 *
 * After failed starts it is tried again after a pause, with one actor: a further failure makes the pause longer, a start
 * ends all of it. What its process sees in itself, the health score, ends it by itself. All times are monotonic.
 */
export class Standing {
  readonly #failed = new Set<string>();
  #isUnhealthy = false;
  #pausedUntilMs = 0;
  #pauses = 0;

  /** Why the runner is given no further actors; `undefined` if it is. */
  evictedFor(nowMs: number): EvictionReason | undefined {
    if (this.#isUnhealthy) return EvictionReason.Unhealthy;
    return nowMs < this.#pausedUntilMs ? EvictionReason.FailedStarts : undefined;
  }

  /** It has told its health score. */
  scored(score: number): void {
    if (score >= UNHEALTHY_FROM) this.#isUnhealthy = true;
    else if (score <= HEALTHY_TO) this.#isUnhealthy = false;
  }

  /** An actor runs there. */
  started(): void {
    this.#failed.clear();
    this.#pausedUntilMs = 0;
    this.#pauses = 0;
  }

  /** The start of an actor has failed for a reason of the runner, or was not answered. */
  startFailed(address: string, nowMs: number): void {
    if (nowMs < this.#pausedUntilMs) return; // decided before
    this.#failed.add(address);
    const allowed = this.#pauses === 0 ? FAILURES : 1;
    if (this.#failed.size < allowed) return;
    this.#failed.clear();
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#pauses);
    this.#pausedUntilMs = nowMs + pauseMs;
    this.#pauses += 1;
  }
}
