import type { Logger } from "pino";
import { type Clock, KeepAlive } from "../base/clock.ts";
import { ErrorCode, errorType, LimelightError, toError } from "../base/errors.ts";
import { runUntraced } from "../telemetry/context/untraced.ts";
import { failureFields } from "../telemetry/logs/error-fields.ts";
import type { CheckSettings } from "./health-options.ts";
import { type CheckReport, HealthStatus } from "./health-report.ts";

/** What a {@link CachedCheck} needs besides its settings. */
export interface CheckParts {
  readonly cacheMs: number;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "warn">;
}

/** Why a check failed. In an object, since a promise would follow an error that has a `then`. */
interface Outcome {
  readonly error?: Error;
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
    if (nowMs - this.#reportedMs < this.#parts.cacheMs) return false;
    return this.#overdueSinceMs === undefined || nowMs - this.#overdueSinceMs > ABANDON_AFTER_MS;
  }

  async #run(): Promise<CheckReport> {
    const { clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const { error } = await this.#firstOutcome(startedMs);
    const report = this.#reportOf(error, clock.monotonicMs() - startedMs);
    this.#log(report, error);
    this.#report = report;
    this.#reportedMs = clock.monotonicMs();
    return report;
  }

  /** Returns the outcome of the check, or that its time is over. */
  #firstOutcome(startedMs: number): Promise<Outcome> {
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
          resolve({ error });
        },
        timeoutMs,
        KeepAlive.Yes,
      );
      void this.#call(abort.signal).then((outcome) => {
        timer.cancel();
        // A later run may be overdue by now: that of an abandoned one says nothing about it.
        if (this.#overdueSinceMs === startedMs) this.#overdueSinceMs = undefined;
        resolve(outcome);
      });
    });
  }

  async #call(signal: AbortSignal): Promise<Outcome> {
    const { name, check } = this.#settings;
    // The run must be pending by the time the check starts: a check may call `readyz`, which reads this check.
    await Promise.resolve();
    try {
      const result = await runUntraced(() => check(signal));
      if (result !== false) return {};
      const text = `health check ${name} returned false`;
      return { error: new LimelightError(text, { code: ErrorCode.CheckFailed }) };
    } catch (thrown) {
      return { error: toError(thrown) };
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

  /**
   * Writes a line when the outcome differs from the last one; one probe per second would fill a log. The error
   * is reduced as in the runtime's own lines, since that of a request may hold its headers.
   */
  #log({ status }: CheckReport, error: Error | undefined): void {
    const before = this.#report?.status ?? HealthStatus.Ok;
    if (status === before) return;
    const { name: check } = this.#settings;
    const { logger } = this.#parts;
    try {
      if (error === undefined)
        logger.info({ event: "health.passed", check }, "health check passes again");
      else {
        const fields = { event: "health.failed", check, status, err: failureFields(error) };
        logger.warn(fields, "health check failed");
      }
    } catch {
      // A logger that throws does not affect the answer.
    }
  }
}
