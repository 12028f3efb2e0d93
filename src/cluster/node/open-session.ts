import type { Clock } from "../../base/clock.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
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
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      const session = await engine.open({ clock, luck, runnerId: nodeId, leaseTtlMs, onFault });
      if (!signal.aborted) return session;
      await session.close();
      return undefined;
    } catch (err) {
      if (!isTransient(err)) throw err;
      const fields = { event: "cluster.engine.unreachable", engine: engine.name, err };
      log("warn", fields, "engine of the cluster cannot be reached; it is tried again");
    }
    await wait(clock, backoffDelayMs(RETRIES, attempt, luck()), signal);
  }
  return undefined;
}

function isTransient(error: unknown): boolean {
  return LimelightError.is(error) && error.code === ErrorCode.EngineUnavailable;
}
