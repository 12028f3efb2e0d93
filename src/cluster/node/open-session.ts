import { Deferred } from "../../base/async/deferred.ts";
import type { Clock } from "../../base/clock.ts";
import { ErrorCode, LimelightError, UsageError } from "../../base/errors.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import type { EngineFault, EngineSession } from "../engine/engine.ts";
import { wait } from "../engine/wait.ts";
import type { EngineMetrics } from "../telemetry/engine-metrics.ts";
import type { ClusterSettings } from "./cluster-options.ts";
import type { NodeLog } from "./node-log.ts";

/** What an engine is opened with. */
export interface SessionParts {
  readonly settings: ClusterSettings;
  readonly nodeId: string;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  readonly log: NodeLog;
  readonly metrics: EngineMetrics;
  /** Ends the attempts. */
  readonly signal: AbortSignal;
}

const RETRIES = { initialMs: 250, factor: 2, maxMs: 10_000, jitter: 0.5 };

/**
 * Opens an engine, and tries again for as long as it cannot be reached.
 *
 * @returns `undefined` if it was ended before
 * @throws ClusterError what the engine refuses the process or its own server for, such as `ERR_ENGINE_UNSAFE`
 */
export async function openSession(parts: SessionParts): Promise<EngineSession | undefined> {
  const { settings, nodeId, clock, luck, log, metrics, signal } = parts;
  const { engine, timings } = settings;
  const onFault = ({ kind, text, error: err }: EngineFault): void => {
    metrics.fault(kind);
    log("warn", { event: "cluster.engine.fault", engine: engine.name, fault: kind, err }, text);
  };
  const { leaseTtlMs } = timings;
  return await untilReached(parts, async () => {
    const shared = { clock, luck, runnerId: nodeId, leaseTtlMs, onFault, signal };
    return await unlessAborted(engine.open(shared), signal);
  });
}

/**
 * Does something with an engine, and tries again for as long as the engine cannot be reached: servers that have lost one
 * of them may take seconds to elect leaders.
 *
 * @returns `undefined` if it was ended before
 * @throws what `attempt` rejects with otherwise
 */
export async function untilReached<Result>(
  parts: Pick<SessionParts, "settings" | "clock" | "luck" | "log" | "signal">,
  attempt: () => Promise<Result>,
): Promise<Result | undefined> {
  const { settings, clock, luck, log, signal } = parts;
  for (let number = 1; !signal.aborted; number += 1) {
    try {
      return await attempt();
    } catch (err) {
      if (!isTransient(err)) throw err;
      const fields = { event: "cluster.engine.unreachable", engine: settings.engine.name, err };
      log("warn", fields, "engine of the cluster cannot be reached; it is tried again");
    }
    await wait(clock, backoffDelayMs(RETRIES, number, luck()), signal);
  }
  return undefined;
}

/** Resolves with `undefined` once it is no longer waited for; a session that is opened after that is closed. */
async function unlessAborted(
  opening: Promise<EngineSession>,
  signal: AbortSignal,
): Promise<EngineSession | undefined> {
  const aborted = new Deferred<undefined>();
  const abort = (): void => aborted.resolve(undefined);
  signal.addEventListener("abort", abort);
  try {
    const session = await Promise.race([opening, aborted.promise]);
    if (!signal.aborted) return requireSession(session);
    // A failure is of no use to anyone any more.
    void Promise.resolve(opening)
      .then((late) => late.close())
      .catch(() => {});
    return undefined;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Engines may be of anyone. */
function requireSession(session: unknown): EngineSession {
  const isSession = typeof session === "object" && session !== null;
  const { close, store, bus } = (isSession ? session : {}) as Partial<EngineSession>;
  if (typeof close === "function" && store !== undefined && bus !== undefined) {
    return session as EngineSession;
  }
  throw new UsageError("`engine.open` must resolve with an open session", {
    code: ErrorCode.InvalidOption,
  });
}

function isTransient(error: unknown): boolean {
  return LimelightError.is(error) && error.code === ErrorCode.EngineUnavailable;
}
