import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ClusterLog } from "../../telemetry/cluster-attributes.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { CoordinatorMetrics } from "../telemetry/coordinator-metrics.ts";

/** What a {@link LogDesk} works with. */
export interface LogDeskParts {
  readonly session: Pick<EngineSession, "commands" | "events" | "deadLetters">;
  readonly clock: Clock;
  readonly metrics: Pick<CoordinatorMetrics, "logIs">;
}

/** How often the logs are looked at. */
const LOOK_MS = 10_000;

/** Reports how much the logs hold, and for how long, while this process is the coordinator. */
export class LogDesk {
  readonly #parts: LogDeskParts;
  #timer: ClockTimer | undefined;
  #turn = 0;

  constructor(parts: LogDeskParts) {
    this.#parts = parts;
  }

  open(): void {
    if (this.#timer === undefined) this.#look();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#turn += 1;
  }

  #look(): void {
    const { session, clock } = this.#parts;
    const turn = this.#turn;
    this.#timer = clock.schedule(() => this.#look(), LOOK_MS, KeepAlive.No);
    const logs = [
      [ClusterLog.Commands, session.commands],
      [ClusterLog.Events, session.events],
      [ClusterLog.DeadLetters, session.deadLetters],
    ] as const;
    for (const [name, log] of logs) {
      log.state().then(
        ({ messages, oldestAtMs }) => {
          if (turn !== this.#turn) return;
          const oldestAgeMs =
            oldestAtMs === undefined ? 0 : Math.max(0, clock.epochMs() - oldestAtMs);
          this.#parts.metrics.logIs(name, { messages, oldestAgeMs });
        },
        () => {}, // it is looked at again; the engine reports that it cannot be reached
      );
    }
  }
}
