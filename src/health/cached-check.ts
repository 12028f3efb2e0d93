import type { Logger } from "pino";
import { type Clock, KeepAlive } from "../base/clock.ts";
import { ErrorCode, errorType, LimelightError, toError } from "../base/errors.ts";
import { runUntraced } from "../telemetry/context/untraced.ts";
import type { CheckSettings } from "./health-options.ts";
import { type CheckReport, HealthStatus } from "./health-report.ts";

/** What a {@link CachedCheck} needs besides its settings. */
export interface CheckParts {
  readonly cacheMs: number;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "warn">;
}

/** How long a run that ignores its signal keeps the next one from starting. */
const ABANDON_AFTER_MS = 30_000;

/**
 * Runs a check at most once at a time, and reuses its result for a while: however often and by however many
 * probes it is asked for, a dependency sees one call per `cacheMs`.
 */
export class CachedCheck {
  readonly #settings: CheckSettings;
  readonly #parts: CheckParts;
  #report: CheckReport | undefined;
  #reportedMs = 0;
  #pending: Promise<CheckReport> | undefined;
  /** When the run started that has timed out and not ended yet. */
  #overdueSinceMs: number | undefined;

  constructor(settings: CheckSettings, parts: CheckParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** Returns the outcome. Never rejects, and takes no longer than the check's time-out. */
  async read(): Promise<CheckReport> {
    if (this.#pending !== undefined) return this.#pending;
    const report = this.#report;
    if (report !== undefined && !this.#mayRunAgain()) return report;
    this.#pending = this.#run().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  #mayRunAgain(): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#overdueSinceMs !== undefined) return nowMs - this.#overdueSinceMs > ABANDON_AFTER_MS;
    return nowMs - this.#reportedMs >= this.#parts.cacheMs;
  }

  async #run(): Promise<CheckReport> {
    const { clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const error = await this.#firstError(startedMs);
    const report = this.#reportOf(error, clock.monotonicMs() - startedMs);
    this.#log(report, error);
    this.#report = report;
    this.#reportedMs = clock.monotonicMs();
    return report;
  }

  /** Returns why the check failed, or `undefined`. */
  #firstError(startedMs: number): Promise<Error | undefined> {
    const { name, timeoutMs } = this.#settings;
    const { clock } = this.#parts;
    const abort = new AbortController();
    return new Promise((resolve) => {
      const timer = clock.schedule(
        () => {
          const text = `health check ${name} took longer than ${timeoutMs} ms`;
          const error = new LimelightError(text, { code: ErrorCode.CheckTimeout });
          this.#overdueSinceMs = startedMs;
          abort.abort(error);
          resolve(error);
        },
        timeoutMs,
        KeepAlive.Yes,
      );
      void this.#call(abort.signal).then((error) => {
        timer.cancel();
        // A later run may be overdue by now: that of an abandoned one says nothing about it.
        if (this.#overdueSinceMs === startedMs) this.#overdueSinceMs = undefined;
        resolve(error);
      });
    });
  }

  async #call(signal: AbortSignal): Promise<Error | undefined> {
    const { name, check } = this.#settings;
    try {
      const result = await runUntraced(() => check(signal));
      if (result !== false) return undefined;
      return new LimelightError(`health check ${name} returned false`, {
        code: ErrorCode.CheckFailed,
      });
    } catch (thrown) {
      return toError(thrown);
    }
  }

  #reportOf(error: Error | undefined, tookMs: number): CheckReport {
    const durationMs = Math.round(tookMs);
    if (error === undefined) return { status: HealthStatus.Ok, durationMs };
    const { Failed, Degraded } = HealthStatus;
    return {
      status: this.#settings.required ? Failed : Degraded,
      code: errorType(error),
      durationMs,
    };
  }

  /** Writes a line when the outcome differs from the last one; one probe per second would fill a log. */
  #log({ status }: CheckReport, error: Error | undefined): void {
    const before = this.#report?.status ?? HealthStatus.Ok;
    if (status === before) return;
    const { name: check } = this.#settings;
    const { logger } = this.#parts;
    if (error === undefined)
      logger.info({ event: "health.passed", check }, "health check passes again");
    else logger.warn({ event: "health.failed", check, status, err: error }, "health check failed");
  }
}
