import { within } from "../../base/async/within.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { decodeHeartbeat, encodeHeartbeat } from "../codec/runner-codec.ts";
import { type KeyValue, type KeyValueEntry, NO_ENTRY } from "../engine/key-value.ts";
import { runnerLease } from "../protocol/subjects.ts";
import type { ClusterTimings } from "../protocol/timings.ts";
import { type HealthScore, HealthSign } from "./health-score.ts";
import { FenceReason, type RunnerObserver } from "./runner-observer.ts";

/** Share of `heartbeatMs` after which a heartbeat that was not acknowledged counts as late. */
const DEADLINE_SHARE = 0.5;
/** Share of `heartbeatMs` by which a timer may be late before it is a sign of a busy process. */
const DELAY_SHARE = 0.25;
/** Share of `heartbeatMs` after which a heartbeat is repeated that was not acknowledged. */
const RETRY_SHARE = 0.25;
/** Heartbeats that may be missing before the lease counts as one that cannot be renewed. */
const MISSED_BEATS = 2.5;
/** Writes of one heartbeat, if the revision of the lease has to be looked up between them. */
const WRITES_PER_BEAT = 3;

/** What a {@link Lease} works with. */
export interface LeaseParts {
  readonly leases: KeyValue;
  readonly runnerId: string;
  readonly timings: Pick<ClusterTimings, "heartbeatMs" | "selfFenceMs">;
  readonly clock: Clock;
  readonly health: HealthScore;
  readonly observer: RunnerObserver;
  /** Number of actors in memory, for the heartbeat. */
  readonly actors: () => number;
  /** Called when it turns out that the lease can be renewed, or that it cannot. */
  readonly renewing: (isRenewing: boolean) => void;
  /** Called once, in the turn in which the lease is found to be lost. */
  readonly lost: (reason: FenceReason) => void;
}

/** A heartbeat that was sent. */
interface Sent {
  readonly sentMs: number;
  readonly atMs: number;
  /** Whether it was reported: as acknowledged, or as one that was not in time. */
  isReported: boolean;
}

/**
 * The lease of a runner. It is valid while less than `selfFenceMs` have passed since the sending of the last acknowledged
 * heartbeat, on the monotonic clock. Once it was valid and is not any more, it is lost for good.
 *
 * Each heartbeat expects the revision of the one before: a lease that has expired in the engine cannot be renewed.
 */
export class Lease {
  readonly #parts: LeaseParts;
  readonly #key: string;
  readonly #sent = new Map<number, Sent>();
  #sequence = 0;
  #revision = NO_ENTRY;
  /** Whether the key has {@link #revision}, as far as is known. */
  #isCertain = true;
  #acknowledgedMs: number | undefined;
  #acknowledgedSequence = 0;
  #isOver = false;
  #isRenewing = false;
  #beatDueMs: number | undefined;
  #beatTimer: ClockTimer | undefined;
  #fenceTimer: ClockTimer | undefined;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#key = runnerLease(parts.runnerId);
  }

  /**
   * Whether messages may be handled and replies be sent. Reads the clock, since timers may be late: a lease that is found to
   * have run out is lost before this returns.
   */
  isValid(): boolean {
    if (this.#isOver || this.#acknowledgedMs === undefined) return false;
    if (this.#leftMs(this.#acknowledgedMs) > 0) return true;
    this.#lose(FenceReason.LeaseExpired);
    return false;
  }

  /** How long it is valid unless a further heartbeat is acknowledged; `undefined` while it is not. */
  get remainingMs(): number | undefined {
    const leftMs = this.#acknowledgedMs === undefined ? 0 : this.#leftMs(this.#acknowledgedMs);
    return leftMs > 0 ? leftMs : undefined;
  }

  /** Whether the last heartbeats were acknowledged. */
  get isRenewing(): boolean {
    return this.#isRenewing;
  }

  /** Begins to send heartbeats. */
  start(): void {
    this.#beat();
  }

  /** Sends a heartbeat now, such as after a reconnect. */
  beatNow(): void {
    if (this.#beatTimer === undefined || this.#isOver) return;
    this.#beatDueMs = undefined;
    this.#beat();
  }

  /** Sends no further heartbeats. The lease is not valid any more, and does not count as lost. */
  stop(): void {
    this.#isOver = true;
    this.#beatTimer?.cancel();
    this.#fenceTimer?.cancel();
  }

  /** Removes the lease, so that others need not wait until it expires. Rejects as the engine does. */
  async release(): Promise<void> {
    this.stop();
    await this.#parts.leases.remove(this.#key);
  }

  #beat(): void {
    if (this.#isOver) return;
    const { clock, timings, health } = this.#parts;
    const nowMs = clock.monotonicMs();
    const delayMs = this.#beatDueMs === undefined ? 0 : nowMs - this.#beatDueMs;
    if (delayMs > timings.heartbeatMs * DELAY_SHARE) health.add(HealthSign.LoopDelay);
    if (this.#acknowledgedMs !== undefined && !this.isValid()) return;
    this.#checkRenewing();
    this.#beatIn(timings.heartbeatMs);
    void this.#send(nowMs); // never rejects
  }

  #beatIn(delayMs: number): void {
    const { clock } = this.#parts;
    this.#beatTimer?.cancel();
    this.#beatDueMs = clock.monotonicMs() + delayMs;
    this.#beatTimer = clock.schedule(() => this.#beat(), delayMs, KeepAlive.No);
  }

  async #send(sentMs: number): Promise<void> {
    const { clock, timings, health, observer } = this.#parts;
    const limitMs = timings.heartbeatMs * DEADLINE_SHARE;
    this.#sequence += 1;
    const sequence = this.#sequence;
    this.#sent.set(sequence, { sentMs, atMs: clock.epochMs(), isReported: false });
    this.#prune(sentMs);
    try {
      // What is late still counts when it is acknowledged.
      await within({ clock, limitMs, what: "a heartbeat" }, this.#write(sequence));
      health.recover();
    } catch (error) {
      this.#isCertain = false;
      if (this.#isOver) return;
      const isLate = !LimelightError.is(error);
      health.add(isLate ? HealthSign.LateHeartbeat : HealthSign.FailedWrite);
      const sent = this.#sent.get(sequence);
      if (sent?.isReported === false) {
        sent.isReported = true;
        const cause = isLate ? lateHeartbeat(limitMs) : error;
        observer.heartbeatFailed(clock.monotonicMs() - sentMs, cause);
      }
      this.#beatIn(timings.heartbeatMs * RETRY_SHARE);
    }
  }

  async #write(sequence: number): Promise<void> {
    const { leases } = this.#parts;
    const value = this.#valueOf(sequence);
    for (let attempt = 1; ; attempt += 1) {
      if (!this.#isCertain) await this.#look();
      if (this.#isOver) return;
      try {
        const revision = await leases.put(this.#key, value, { expectedRevision: this.#revision });
        this.#revision = Math.max(revision, this.#revision);
        this.#isCertain = true;
        this.#acknowledge(sequence);
        return;
      } catch (error) {
        this.#isCertain = false;
        if (!isConflict(error) || attempt >= WRITES_PER_BEAT) throw error;
      }
    }
  }

  /** Finds out which heartbeat the lease has. */
  async #look(): Promise<void> {
    const entry = await this.#parts.leases.read(this.#key);
    if (this.#isOver) return;
    if (entry === undefined) {
      // An acknowledged lease was there, so it has expired.
      if (this.#revision !== NO_ENTRY) this.#lose(FenceReason.LeaseLost);
    } else {
      const sequence = this.#ownSequence(entry);
      if (sequence === undefined) this.#lose(FenceReason.LeaseLost);
      else {
        this.#revision = entry.revision;
        this.#acknowledge(sequence);
      }
    }
    this.#isCertain = true;
  }

  /** Returns the number of the heartbeat in the lease; `undefined` if this runner has not sent it. */
  #ownSequence({ value }: KeyValueEntry): number | undefined {
    const { runnerId } = this.#parts;
    const beat = decodeHeartbeat(value);
    if (beat.runnerId !== runnerId) return undefined;
    const isOld = this.#revision !== NO_ENTRY && beat.sequence <= this.#acknowledgedSequence;
    const isSent = this.#sent.get(beat.sequence)?.atMs === beat.atMs;
    return isOld || isSent ? beat.sequence : undefined;
  }

  #acknowledge(sequence: number): void {
    const sent = this.#sent.get(sequence);
    if (sent === undefined || this.#isOver) return;
    const { clock, observer, runnerId } = this.#parts;
    for (const earlier of this.#sent.keys()) if (earlier <= sequence) this.#sent.delete(earlier);
    this.#acknowledgedSequence = sequence;
    if (!sent.isReported) observer.heartbeatAcknowledged(clock.monotonicMs() - sent.sentMs);
    sent.isReported = true;
    const leftMs = this.#leftMs(sent.sentMs);
    const isFirst = this.#acknowledgedMs === undefined;
    if (isFirst && leftMs <= 0) return; // too old to begin with
    this.#acknowledgedMs = sent.sentMs;
    this.#fenceTimer?.cancel();
    this.#fenceTimer = clock.schedule(() => void this.isValid(), Math.max(0, leftMs), KeepAlive.No);
    if (isFirst) observer.leaseChanged(runnerId, true);
    this.#checkRenewing();
  }

  #checkRenewing(): void {
    if (this.#acknowledgedMs === undefined) return;
    const { clock, timings, renewing } = this.#parts;
    const silentMs = clock.monotonicMs() - this.#acknowledgedMs;
    const isRenewing = silentMs < timings.heartbeatMs * MISSED_BEATS;
    if (isRenewing === this.#isRenewing) return;
    this.#isRenewing = isRenewing;
    renewing(isRenewing);
  }

  #lose(reason: FenceReason): void {
    if (this.#isOver) return;
    const { observer, runnerId, lost } = this.#parts;
    const wasValid = this.#acknowledgedMs !== undefined;
    this.stop();
    if (wasValid) observer.leaseChanged(runnerId, false);
    lost(reason);
  }

  /** How long a lease is valid whose last acknowledged heartbeat was sent at `sentMs`. */
  #leftMs(sentMs: number): number {
    const { clock, timings } = this.#parts;
    return timings.selfFenceMs - (clock.monotonicMs() - sentMs);
  }

  /** Forgets heartbeats that could not make the lease valid any more. */
  #prune(nowMs: number): void {
    const { selfFenceMs } = this.#parts.timings;
    for (const [sequence, { sentMs }] of this.#sent) {
      if (nowMs - sentMs > 2 * selfFenceMs) this.#sent.delete(sequence);
    }
  }

  #valueOf(sequence: number): Uint8Array {
    const { runnerId, actors, health, clock } = this.#parts;
    const atMs = this.#sent.get(sequence)?.atMs ?? clock.epochMs();
    const healthScore = health.value;
    return encodeHeartbeat({ version: 1, runnerId, sequence, actors: actors(), healthScore, atMs });
  }
}

function lateHeartbeat(limitMs: number): ClusterError {
  const text = `heartbeat was not acknowledged within ${limitMs} ms`;
  return new ClusterError(text, { code: ErrorCode.EngineNoReply });
}

function isConflict(error: unknown): boolean {
  return LimelightError.is(error) && error.code === ErrorCode.EngineConflict;
}
