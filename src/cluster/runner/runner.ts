import type { Owner } from "../../activation/records/record-keys.ts";
import { Deferred } from "../../base/async/deferred.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import { wait } from "../engine/wait.ts";
import { RunnerStatus } from "../protocol/runner-record.ts";
import type { ActorHere } from "./actor-table.ts";
import { drainActors } from "./drain.ts";
import { type DrainReport, DrainTally } from "./drain-tally.ts";
import { isHopeless } from "./failures.ts";
import { HealthScore } from "./health-score.ts";
import { Membership, type RunnerParts } from "./membership.ts";
import { RecentIds } from "./recent-ids.ts";
import { type RunnerOptions, type RunnerSettings, runnerSettings } from "./runner-settings.ts";

const REJOINS = { initialMs: 250, factor: 2, maxMs: 10_000, jitter: 0.5 };
/** Share of a drain's time for the actors; the rest is for their events and the record. */
const ACTORS_SHARE = 0.9;

/** How to drain. */
export interface DrainOptions {
  /** Time for all of it, in milliseconds. Default: the option `drainMs` of the runner. */
  readonly deadlineMs?: number;
  /** Whether no other runner can take the actors: they are ended at once, without waiting for a coordinator. Default: no. */
  readonly isLast?: boolean;
}

/** Learns of what others in this process have to know of the runner. Its methods must not throw. */
export interface RunnerListener {
  /** The process is a runner with this id from now on, or none. */
  idChanged(runnerId: string | undefined): void;
  /** An actor has come, has changed its state, or has gone. */
  hereChanged(address: string, here: ActorHere | undefined): void;
}

/**
 * A process as a runner: it joins, runs what a coordinator gives it, and leaves. If it is fenced, it joins again under a new
 * id. It knows its engine only by the interfaces of `engine/`.
 */
export class Runner {
  readonly #parts: RunnerParts;
  readonly #settings: RunnerSettings;
  readonly #health: HealthScore;
  readonly #carriedOut = new RecentIds();
  readonly #listener: RunnerListener;
  readonly #joined = new Deferred<void>();
  readonly #closing = new AbortController();
  #membership: Membership | undefined;
  /** Settles when the loop of joining has ended. */
  #life: Promise<void> | undefined;
  #drained: Promise<DrainReport> | undefined;

  /** @throws UsageError `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`, or ClusterError `ERR_METADATA_INVALID` */
  constructor(parts: RunnerParts, options: RunnerOptions, listener: RunnerListener) {
    this.#parts = parts;
    this.#settings = runnerSettings(options);
    this.#health = new HealthScore(parts.observer);
    this.#listener = listener;
    this.#joined.promise.catch(() => {}); // callers of `start` get the error
  }

  /** Its current id; `undefined` before it has one, and after it has left. */
  get id(): string | undefined {
    return this.#membership?.runnerId;
  }

  /** What its record says, or is about to. */
  get status(): RunnerStatus {
    if (this.#closing.signal.aborted && this.#membership === undefined) return RunnerStatus.Left;
    return this.#membership?.status ?? RunnerStatus.Joining;
  }

  /** Whether it can take placements (C6). */
  get isReady(): boolean {
    return this.#membership?.isReady === true;
  }

  /** Whether it has been told to drain. */
  get isDraining(): boolean {
    return this.#drained !== undefined;
  }

  /** How unwell the process is; 0 is healthy. */
  get healthScore(): number {
    return this.#health.value;
  }

  /** How long its lease is valid unless a heartbeat is acknowledged; `undefined` without one. */
  get leaseRemainingMs(): number | undefined {
    return this.#membership?.lease.remainingMs;
  }

  /** Number of actors here. */
  get actors(): number {
    return this.#membership?.table.size ?? 0;
  }

  /**
   * Whether messages may be handled, and replies be sent. Asked in the turn before each of both. A lease that has run out
   * unnoticed is found here: all actors are fenced before this returns.
   */
  isValid(): boolean {
    return this.#membership?.isValid() === true;
  }

  /** Returns what an actor is doing here; `undefined` if it is not here. */
  here(address: string): ActorHere | undefined {
    return this.#membership?.table.here(address);
  }

  /**
   * Joins the cluster, and stays in it until it is drained. Resolves when it is ready for the first time.
   *
   * Rejects with `ERR_PROTOCOL_VERSION` or `ERR_METADATA_INVALID` if it cannot be part of this cluster, with
   * `ERR_ENGINE_CLOSED`, or with `ERR_ABORTED` if it is drained before.
   */
  start(): Promise<void> {
    if (this.#life === undefined) {
      this.#parts.host.listen({
        ended: (owner: Owner, generation: number, reason: StopReason) =>
          this.#membership?.commands.ended(owner, generation, reason),
        typeDefined: (type) => this.#membership?.typeDefined(type),
      });
      this.#life = this.#live();
    }
    return this.#joined.promise;
  }

  /**
   * Takes no further actors from this turn on, has those that are here moved or ends them, and leaves. Ends within its
   * deadline, whatever the runner and the engine are doing. Later calls return the same promise.
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    const { deadlineMs = this.#settings.drainMs, isLast = false } = options;
    this.#drained ??= this.#drain(deadlineMs, isLast);
    return this.#drained;
  }

  async #live(): Promise<void> {
    const { clock, luck } = this.#parts;
    for (let attempt = 1; !this.#closing.signal.aborted; attempt += 1) {
      const membership = this.#begin();
      try {
        await membership.join();
        attempt = 0;
        this.#joined.resolve();
        await Promise.race([membership.fenced, aborted(this.#closing.signal)]);
      } catch (error) {
        if (this.#ends(membership, error)) return;
      }
      if (this.#closing.signal.aborted) return; // the drain ends it
      this.#lose(membership);
      await wait(clock, backoffDelayMs(REJOINS, attempt + 1, luck()), this.#closing.signal);
    }
  }

  #begin(): Membership {
    const { newId } = this.#parts;
    const membership = new Membership({
      ...this.#parts,
      settings: this.#settings,
      health: this.#health,
      carriedOut: this.#carriedOut,
      runnerId: `${this.#settings.name}-${newId()}`,
      hereChanged: (address, here) => this.#listener.hereChanged(address, here),
    });
    this.#membership = membership;
    this.#listener.idChanged(membership.runnerId);
    return membership;
  }

  /** A join has failed. Returns whether the runner does not try again. */
  #ends(membership: Membership, error: unknown): boolean {
    if (this.#closing.signal.aborted) return true;
    this.#parts.observer.failed("runner could not join", error);
    if (!isHopeless(error)) return false;
    this.#joined.reject(error);
    this.#lose(membership);
    return true;
  }

  /** A membership is over that has not left in order. */
  #lose(membership: Membership): void {
    membership.abort();
    if (this.#membership !== membership) return;
    this.#membership = undefined;
    this.#listener.idChanged(undefined);
    void membership.clean(); // never rejects
  }

  async #drain(limitMs: number, isLast: boolean): Promise<DrainReport> {
    const { clock, observer } = this.#parts;
    const membership = this.#membership;
    const beganMs = clock.monotonicMs();
    // In this turn: no start that is looked at later gets through.
    const tally = membership?.beginDrain() ?? new DrainTally();
    this.#closing.abort();
    this.#joined.reject(new LimelightError("runner was drained", { code: ErrorCode.Aborted }));
    if (membership !== undefined) await this.#leave(membership, limitMs, isLast);
    const report = tally.report(clock.monotonicMs() - beganMs);
    observer.drained(report);
    return report;
  }

  async #leave(membership: Membership, limitMs: number, isLast: boolean): Promise<void> {
    const { clock, observer } = this.#parts;
    const beganMs = clock.monotonicMs();
    const over = new AbortController();
    const end = (): void => over.abort();
    void membership.fenced.then(end);
    await drainActors({
      clock,
      table: membership.table,
      commands: membership.commands,
      stopMs: this.#settings.stopMs,
      untilMs: beganMs + limitMs * ACTORS_SHARE,
      isLast,
      signal: over.signal,
      failed: (error) => observer.failed("actor could not be stopped", error),
    });
    // Events that cannot be stored must not keep the lease, which others wait for.
    const leftMs = Math.max(0, beganMs + limitMs - clock.monotonicMs());
    await this.#atMost(leftMs / 2, membership.outbox.flushed());
    await this.#atMost(leftMs / 2, lastSteps(membership));
    membership.abort();
    this.#membership = undefined;
    this.#listener.idChanged(undefined);
  }

  /** Waits for something that does not reject. */
  async #atMost(limitMs: number, work: Promise<void>): Promise<void> {
    const pause = new AbortController();
    await Promise.race([work, wait(this.#parts.clock, limitMs, pause.signal)]);
    pause.abort();
  }
}

/** Leaves, or cleans up after a membership that was fenced meanwhile. */
async function lastSteps(membership: Membership): Promise<void> {
  if (membership.isOver) await membership.clean();
  else await membership.leave();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}
