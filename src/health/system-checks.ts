import { ErrorCode } from "../base/errors.ts";
import { type SystemHealth, SystemPhase } from "../monitor/system-health.ts";
import { type CheckReport, HealthCode, HealthStatus } from "./health-report.ts";

/**
 * Whether a system is ready: open, and a working part of its cluster. Permanent deadlocks and stuck handlers degrade it. They concern single
 * actors; the others serve on, and every replica that gets the same input would leave the service together.
 */
export function readinessOf({
  phase,
  permanentDeadlocks,
  stuckHandlers,
  cluster,
}: SystemHealth): CheckReport {
  const { Ok, Degraded, Failed } = HealthStatus;
  if (phase !== SystemPhase.Open) return { status: Failed, code: ErrorCode.SystemStopped };
  if (cluster?.isReady === false)
    return { status: Failed, code: cluster.code ?? ErrorCode.NoRunner };
  const counts = { permanentDeadlocks, stuckHandlers };
  if (permanentDeadlocks > 0) return { status: Degraded, code: ErrorCode.Deadlock, ...counts };
  if (stuckHandlers > 0) return { status: Degraded, code: HealthCode.StuckHandler, ...counts };
  return { status: Ok, ...counts };
}

/** Whether a system is alive: its dispatcher runs. A system that shuts down is alive until it is closed. */
export function livenessOf({ dispatchDelayMs }: SystemHealth, stalledAfterMs: number): CheckReport {
  const delay = { dispatchDelayMs: Math.round(dispatchDelayMs) };
  if (dispatchDelayMs < stalledAfterMs) return { status: HealthStatus.Ok, ...delay };
  return { status: HealthStatus.Failed, code: HealthCode.DispatchStalled, ...delay };
}
