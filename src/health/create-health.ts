import type { IncomingMessage, ServerResponse } from "node:http";
import { nextTurn } from "../base/node-timers.ts";
import { CachedCheck } from "./cached-check.ts";
import { type HealthOptions, type HealthSettings, settleHealth } from "./health-options.ts";
import {
  answerFor,
  type CheckReport,
  type HealthAnswer,
  HealthCode,
  HealthStatus,
} from "./health-report.ts";
import { answerFetch, answerNode, type NextFunction } from "./probe-requests.ts";
import { livenessOf, readinessOf } from "./system-checks.ts";

/** Answers the probes of an orchestrator. All functions are bound: they can be passed on by themselves. */
export interface Health {
  /** Whether the process is worth keeping: the event loop turns and the dispatchers run. */
  readonly livez: () => Promise<HealthAnswer>;
  /** Whether the process should get requests: not draining, systems open, required checks passed. */
  readonly readyz: () => Promise<HealthAnswer>;
  /** Makes `readyz` fail from now on. To be called first at SIGTERM, before servers and systems close. */
  readonly drain: () => void;
  /**
   * Answers `GET /livez` and `GET /readyz` of `node:http`, Express, Connect and the like, with `?verbose` and
   * `?exclude=name`. Other paths go to `next`, or get a 404 if there is none.
   */
  readonly handler: (
    request: IncomingMessage,
    response: ServerResponse,
    next?: NextFunction,
  ) => void;
  /** The same for servers that take a `Request` and return a `Response`. */
  readonly fetch: (request: Request) => Promise<Response>;
}

/**
 * Creates the answers to liveness and readiness probes. It opens no port and starts no timer.
 *
 * @throws UsageError `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`
 */
export function createHealth(options: HealthOptions = {}): Health {
  const probes = new Probes(settleHealth(options));
  const answers = { livez: () => probes.livez(), readyz: () => probes.readyz() };
  return {
    ...answers,
    drain: () => probes.drain(),
    handler: (request, response, next) => answerNode(answers, request, response, next),
    fetch: (request) => answerFetch(answers, request),
  };
}

class Probes {
  readonly #settings: HealthSettings;
  readonly #checks: ReadonlyMap<string, CachedCheck>;
  #draining = false;

  constructor(settings: HealthSettings) {
    this.#settings = settings;
    this.#checks = new Map(
      settings.checks.map((check) => [check.name, new CachedCheck(check, settings)]),
    );
  }

  drain(): void {
    this.#draining = true;
  }

  async livez(): Promise<HealthAnswer> {
    const { systems, stalledAfterMs } = this.#settings;
    const checks: Record<string, CheckReport> = { "event-loop": await this.#eventLoop() };
    for (const [name, system] of systems)
      checks[name] = livenessOf(system.health(), stalledAfterMs);
    return answerFor(checks);
  }

  async readyz(): Promise<HealthAnswer> {
    const found = await Promise.all(
      Array.from(this.#checks, async ([name, check]) => [name, await check.read()] as const),
    );
    // Read last: a shutdown may have begun while the checks ran.
    const checks: Record<string, CheckReport> = { drain: this.#drainReport() };
    for (const [name, system] of this.#settings.systems) {
      checks[name] = readinessOf(system.health());
    }
    return answerFor({ ...checks, ...Object.fromEntries(found) });
  }

  #drainReport(): CheckReport {
    const { Ok, Failed } = HealthStatus;
    return this.#draining ? { status: Failed, code: HealthCode.Draining } : { status: Ok };
  }

  /** An answer is itself the proof that the loop turns; the delay says how well. It never fails. */
  async #eventLoop(): Promise<CheckReport> {
    const { clock } = this.#settings;
    const startedMs = clock.monotonicMs();
    await nextTurn();
    return { status: HealthStatus.Ok, delayMs: Math.round(clock.monotonicMs() - startedMs) };
  }
}
