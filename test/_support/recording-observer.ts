import { LimelightError } from "../../src/base/errors.ts";
import type { Command } from "../../src/cluster/protocol/commands.ts";
import type { EventKind } from "../../src/cluster/protocol/events.ts";
import type { RunnerStatus } from "../../src/cluster/protocol/runner-record.ts";
import type { DrainReport } from "../../src/cluster/runner/drain-tally.ts";
import type { HealthSign } from "../../src/cluster/runner/health-score.ts";
import type {
  CommandOutcome,
  EventOutcome,
  FenceReason,
  NotReadyReason,
  RunnerObserver,
} from "../../src/cluster/runner/runner-observer.ts";
import type { WriteResolution } from "../../src/telemetry/cluster-attributes.ts";

/** Counts and keeps what a runner tells. */
export class RecordingObserver implements RunnerObserver {
  readonly statuses: string[] = [];
  readonly fences: FenceReason[] = [];
  readonly signs: HealthSign[] = [];
  readonly failures: string[] = [];
  readonly missing: string[] = [];
  readonly commands: Partial<Record<CommandOutcome, number>> = {};
  readonly events: Partial<Record<EventOutcome, number>> = {};
  received = 0;
  recovered = 0;
  created = 0;
  waiting = 0;
  active = 0;
  score = 0;
  isLeased = false;
  reports: DrainReport[] = [];
  attempts: number[] = [];
  readonly resolutions: WriteResolution[] = [];
  /** Codes of heartbeats that have failed, in order. */
  readonly failedBeats: unknown[] = [];
  acknowledgedBeats = 0;

  /** Deliveries of commands that have an outcome. */
  get ended(): number {
    return Object.values(this.commands).reduce((sum, count) => sum + count, 0);
  }

  statusChanged(_runnerId: string, status: RunnerStatus): void {
    this.statuses.push(status);
  }

  readinessChanged(_runnerId: string, missing: readonly NotReadyReason[]): void {
    this.missing.push(missing.join(" "));
  }

  leaseChanged(_runnerId: string, isValid: boolean): void {
    this.isLeased = isValid;
  }

  heartbeatAcknowledged(): void {
    this.acknowledgedBeats += 1;
  }

  heartbeatFailed(_durationMs: number, error: unknown): void {
    this.failedBeats.push(LimelightError.is(error) ? error.code : error);
  }

  fenced(_runnerId: string, reason: FenceReason): void {
    this.fences.push(reason);
  }

  healthChanged(score: number, sign: HealthSign | undefined): void {
    this.score = score;
    if (sign !== undefined) this.signs.push(sign);
  }

  commandReceived(): void {
    this.received += 1;
  }

  commandEnded(outcome: CommandOutcome): void {
    this.commands[outcome] = (this.commands[outcome] ?? 0) + 1;
  }

  commandRecovered(): void {
    this.recovered += 1;
  }

  async carryOut(_command: Command, attempt: number, work: () => Promise<void>): Promise<void> {
    this.attempts.push(attempt);
    await work();
  }

  commandsActive(actors: number): void {
    this.active = actors;
  }

  eventCreated(_kind: EventKind): void {
    this.created += 1;
  }

  eventsEnded(outcome: EventOutcome, count: number): void {
    this.events[outcome] = (this.events[outcome] ?? 0) + count;
  }

  eventsWaiting(count: number): void {
    this.waiting = count;
  }

  drained(report: DrainReport): void {
    this.reports.push(report);
  }

  writeResolved(resolution: WriteResolution): void {
    this.resolutions.push(resolution);
  }

  failed(what: string): void {
    this.failures.push(what);
  }
}
