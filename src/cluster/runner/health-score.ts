import type { RunnerObserver } from "./runner-observer.ts";

/**
 * Signs that a process is not well, whatever the reason (C15).
 *
 * @enum
 */
export const HealthSign = {
  /** A timer has fired late: the event loop was busy, or the process was stopped. */
  LoopDelay: "loop_delay",
  /** A heartbeat was not acknowledged before its deadline. */
  LateHeartbeat: "late_heartbeat",
  /** A heartbeat, record or event could not be written. */
  FailedWrite: "failed_write",
  /** An actor could not be started for a reason of this process. */
  RefusedStart: "refused_start",
  /** The runner is not ready any more. */
  NotReady: "not_ready",
  /** The runner has fenced itself. */
  Fenced: "fenced",
} as const;
export type HealthSign = (typeof HealthSign)[keyof typeof HealthSign];

/** The highest score. A score that goes on rising would take as long to fall again. */
const MAX_HEALTH_SCORE = 8;

/**
 * How unwell a process is: 0 is healthy. Each sign adds to the score, each heartbeat that was acknowledged in time takes 1
 * away. It outlives the runner ids of the process, so that one that joins again and again does not look new.
 *
 * @see Dadgar, Phillips and Currey, "Lifeguard: Local Health Awareness for More Accurate Failure Detection" (2018)
 */
export class HealthScore {
  readonly #observer: Pick<RunnerObserver, "healthChanged">;
  #score = 0;

  constructor(observer: Pick<RunnerObserver, "healthChanged">) {
    this.#observer = observer;
  }

  get value(): number {
    return this.#score;
  }

  add(sign: HealthSign): void {
    this.#set(this.#score + weightOf(sign), sign);
  }

  /** A heartbeat was acknowledged in time. */
  recover(): void {
    this.#set(this.#score - 1, undefined);
  }

  #set(wanted: number, sign: HealthSign | undefined): void {
    const score = Math.min(MAX_HEALTH_SCORE, Math.max(0, wanted));
    if (score === this.#score && sign === undefined) return;
    this.#score = score;
    this.#observer.healthChanged(score, sign);
  }
}

function weightOf(sign: HealthSign): number {
  switch (sign) {
    case HealthSign.LoopDelay:
    case HealthSign.LateHeartbeat:
    case HealthSign.FailedWrite:
    case HealthSign.RefusedStart:
      return 1;
    case HealthSign.NotReady:
      return 2;
    case HealthSign.Fenced:
      return 4;
  }
}
