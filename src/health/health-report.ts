/** The status of a check, and of all checks together. */
export const HealthStatus = {
  Ok: "ok",
  /** Something is wrong, but a probe passes: neither a restart nor less traffic would help. */
  Degraded: "degraded",
  Failed: "failed",
} as const;
export type HealthStatus = (typeof HealthStatus)[keyof typeof HealthStatus];

/** Codes of checks that are no errors of the process: they appear in answers only. */
export const HealthCode = {
  DispatchStalled: "ERR_DISPATCH_STALLED",
  Draining: "ERR_DRAINING",
  StuckHandler: "ERR_STUCK_HANDLER",
} as const;
export type HealthCode = (typeof HealthCode)[keyof typeof HealthCode];

/** The outcome of one check. */
export interface CheckReport {
  readonly status: HealthStatus;
  /** A {@link HealthCode}, or the code or class of the error; its message is only logged, because it may contain secrets. */
  readonly code?: string;
  /** How long the check took, in milliseconds. Absent for checks that only read a state. */
  readonly durationMs?: number;
  /** Of a system: deadlocks that no time-out ends. */
  readonly permanentDeadlocks?: number;
  /** Of a system: handlers and hooks that have run for longer than their type allows. */
  readonly stuckHandlers?: number;
  /** Of a system: for how long its dispatcher has not run, in milliseconds. */
  readonly dispatchDelayMs?: number;
  /** Of the event loop: how late a turn of it came, in milliseconds. */
  readonly delayMs?: number;
}

/** The body of an answer to a probe. */
export interface HealthBody {
  readonly status: HealthStatus;
  /** The outcome of each check, by name. */
  readonly checks: Readonly<Record<string, CheckReport>>;
}

/** An answer to a probe: 200 for `ok` and `degraded`, 503 for `failed`. */
export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly body: HealthBody;
}

/** Combines the outcomes of checks to an answer. The worst of them is the status. */
export function answerFor(checks: Readonly<Record<string, CheckReport>>): HealthAnswer {
  const all = new Set(Object.values(checks).map(({ status }) => status));
  if (all.has(HealthStatus.Failed)) {
    return { status: 503, body: { status: HealthStatus.Failed, checks } };
  }
  const status = all.has(HealthStatus.Degraded) ? HealthStatus.Degraded : HealthStatus.Ok;
  return { status: 200, body: { status, checks } };
}

const MARKS: Readonly<Record<HealthStatus, string>> = { ok: "+", degraded: "!", failed: "-" };

/** Returns the answer as text, one line per check, in the form of Kubernetes' own `?verbose`. */
export function verboseText(probe: string, { body }: HealthAnswer): string {
  const lines = Object.entries(body.checks).map(([name, { status, code }]) => {
    const reason = code === undefined ? "" : `: ${code}`;
    return `[${MARKS[status]}]${name} ${status}${reason}`;
  });
  return [
    ...lines,
    `${probe} check ${body.status === HealthStatus.Failed ? "failed" : "passed"}`,
  ].join("\n");
}
