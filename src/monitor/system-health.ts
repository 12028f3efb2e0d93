import type { Runnable } from "../actor/dispatch/dispatcher.ts";
import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import type { SystemMonitor } from "./monitor.ts";

/**
 * Where a system is between its creation and the end of its shutdown.
 *
 * @enum
 */
export const SystemPhase = {
  Open: "open",
  /** `shutdown()` has been called: top-level actors can no longer be spawned. */
  Closing: "closing",
  Closed: "closed",
} as const;
export type SystemPhase = (typeof SystemPhase)[keyof typeof SystemPhase];

/** How a system takes part in its cluster. */
export interface ClusterHealth {
  /** Where its process stands. `failed`: it can never be a part of the cluster. */
  readonly state: "opening" | "open" | "failed" | "closed";
  /** Whether keyed actors can be reached, and whether the process can take some unless it is a client. */
  readonly isReady: boolean;
  /** Code of the error that says why it is not ready; `undefined` if it is. */
  readonly code: string | undefined;
}

/** The health of a system, as read by `system.health()`. */
export interface SystemHealth {
  /** Whether the system is open, shutting down, or shut down. */
  readonly phase: SystemPhase;
  /**
   * For how long, in milliseconds, the dispatcher has not run the mark that an earlier reading put into its
   * queue; 0 if it has run it. Grows from one reading to the next only where no actor makes progress.
   */
  readonly dispatchDelayMs: number;
  /** Deadlocks that no time-out ends. Always 0 with `monitor: false`. */
  readonly permanentDeadlocks: number;
  /** Handlers and hooks that have run for longer than their type allows. Always 0 with `monitor: false`. */
  readonly stuckHandlers: number;
  /** `undefined` for a system without an engine. */
  readonly cluster: ClusterHealth | undefined;
}

/** Reads the health of one system. Costs nothing between readings. */
export class HealthReader {
  readonly #system: SystemRuntime;
  readonly #monitor: SystemMonitor;
  readonly #cluster: (() => ClusterHealth) | undefined;
  /** When the mark that is in the queue was put there, on the monotonic clock. */
  #markedMs: number | undefined;
  readonly #mark: Runnable;

  /** @param cluster reads how it takes part in its cluster, if it has one */
  constructor(
    system: SystemRuntime,
    monitor: SystemMonitor,
    cluster: (() => ClusterHealth) | undefined,
  ) {
    this.#cluster = cluster;
    this.#system = system;
    this.#monitor = monitor;
    const ran = (): void => {
      this.#markedMs = undefined;
    };
    this.#mark = {
      queued: false,
      nextQueued: undefined,
      runnable: false,
      runSlice() {
        ran();
        return 0;
      },
      noticeIdle() {},
      onRuntimeFault() {},
    };
  }

  read(closed: boolean): SystemHealth {
    const { closing } = this.#system;
    const open = closing ? SystemPhase.Closing : SystemPhase.Open;
    return {
      phase: closed ? SystemPhase.Closed : open,
      dispatchDelayMs: closed ? 0 : this.#dispatchDelayMs(),
      ...this.#monitor.troubles(),
      cluster: this.#cluster?.(),
    };
  }

  #dispatchDelayMs(): number {
    const nowMs = this.#system.clock.monotonicMs();
    if (this.#markedMs !== undefined) return nowMs - this.#markedMs;
    this.#markedMs = nowMs;
    this.#system.dispatcher.schedule(this.#mark);
    return 0;
  }
}
