import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { decodeLease, encodeLease } from "../codec/lease-codec.ts";
import { type KeyValue, type KeyValueEntry, NO_ENTRY, type Watch } from "../engine/key-value.ts";
import type { CoordinatorLease } from "../protocol/coordinator-lease.ts";
import { COORDINATOR_LEASE, COORDINATOR_LEASES } from "../protocol/subjects.ts";
import type { ClusterTimings } from "../protocol/timings.ts";
import { TermEnd } from "./coordinator-observer.ts";
import { Term } from "./term.ts";

/** What an {@link Election} works with. */
export interface ElectionParts {
  readonly leases: KeyValue;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  readonly newId: () => string;
  /** New at each start of the process. */
  readonly nodeId: string;
  readonly timings: ClusterTimings;
  /** The first look is made after a random part of this time. */
  readonly firstSpreadMs: number;
  begun(term: Term): void;
  ended(term: Term, reason: TermEnd): void;
  /** A node was seen as the coordinator, or this one has become it. */
  seen(nodeId: string, term: number): void;
  failed(what: string, error: unknown): void;
}

/**
 * Takes the lease of the coordinator when it is free, and renews it. Nodes that wait learn of renewals from a watch;
 * they read the lease only when it should have expired, again and again until it has, and write it only when it is absent,
 * each after a random delay.
 */
export class Election {
  readonly #parts: ElectionParts;
  #watch: Watch | undefined;
  /** The next step: to look for the lease, or to renew it. */
  #timer: ClockTimer | undefined;
  /** Ends the term when the lease was not renewed. */
  #expiry: ClockTimer | undefined;
  #term: Term | undefined;
  /** Of the lease as last written by this node. */
  #revision = NO_ENTRY;
  /** The lease of another node as seen last, and since when, on the monotonic clock. */
  #other = { revision: NO_ENTRY, sinceMs: 0 };
  /**
   * Whether the lease has to be read before it is renewed. Its revision alone does not tell: a server that has lost its
   * streams counts from 1 again, and the lease of another node may have the same one.
   */
  #isDoubtful = false;
  #isClosed = false;
  #step: Promise<void> = Promise.resolve();

  constructor(parts: ElectionParts) {
    this.#parts = parts;
  }

  /** The term of this node, if it is the coordinator. */
  get term(): Term | undefined {
    return this.#term;
  }

  /** Begins to look for the lease. */
  start(): void {
    void this.#begin(); // never rejects
    const { luck, firstSpreadMs } = this.#parts;
    this.#schedule(luck() * firstSpreadMs, () => this.#look());
  }

  /** Ends the term, and gives the lease back, so that another node need not wait for its expiry. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#watch?.stop();
    this.#end(TermEnd.Released);
    await this.#step;
    if (this.#revision === NO_ENTRY) return;
    try {
      await this.#parts.leases.remove(COORDINATOR_LEASE, { expectedRevision: this.#revision });
    } catch {
      // It belongs to another node, or expires.
    }
  }

  async #begin(): Promise<void> {
    const { leases, failed, clock, timings } = this.#parts;
    try {
      const watch = await leases.watch(COORDINATOR_LEASES, {
        changed: (entry) => this.#changed(entry),
        removed: () => {
          if (this.#term === undefined) this.#lookAfter(0);
          else this.#doubt(this.#term);
        },
        current: () => {},
      });
      if (this.#isClosed) watch.stop();
      else this.#watch = watch;
    } catch (error) {
      failed("lease of the coordinator could not be watched", error);
      if (this.#isClosed) return;
      clock.schedule(() => void this.#begin(), timings.heartbeatMs, KeepAlive.No);
    }
  }

  #changed(entry: KeyValueEntry): void {
    const lease = this.#decode(entry);
    if (lease === undefined || lease.nodeId === this.#parts.nodeId) return;
    this.#parts.seen(lease.nodeId, lease.term > 0 ? lease.term : entry.revision);
    this.#meet(entry);
    if (this.#term === undefined) this.#lookAfter(this.#parts.timings.leaseTtlMs);
    else this.#doubt(this.#term);
  }

  /** The lease seems to be lost: looks at once. */
  #doubt(term: Term): void {
    this.#isDoubtful = true;
    this.#schedule(0, () => this.#renew(term));
  }

  /** Notes that another node holds the lease. Returns whether its time should be over. */
  #meet({ revision }: KeyValueEntry): boolean {
    const { clock, timings } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (this.#other.revision === revision) {
      return nowMs - this.#other.sinceMs >= timings.leaseTtlMs;
    }
    this.#other = { revision, sinceMs: nowMs };
    return false;
  }

  #decode({ value }: KeyValueEntry): CoordinatorLease | undefined {
    try {
      return decodeLease(value);
    } catch (error) {
      this.#parts.failed("lease of the coordinator could not be read", error);
      return undefined;
    }
  }

  /** Looks for the lease after `delayMs` and a random time, in place of any earlier appointment. */
  #lookAfter(delayMs: number): void {
    const { luck, timings } = this.#parts;
    // Short, since actors of a lost coordinator wait for its successor. Nodes that look at once are told apart by the write.
    const spreadMs = timings.heartbeatMs / 4;
    this.#schedule(delayMs + luck() * spreadMs, () => this.#look());
  }

  #schedule(delayMs: number, step: () => Promise<void>): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    const timer = this.#parts.clock.schedule(
      () => {
        // One step at a time; steps never reject.
        this.#step = this.#step.then(() => (this.#timer === timer ? step() : undefined));
      },
      delayMs,
      KeepAlive.No,
    );
    this.#timer = timer;
  }

  async #look(): Promise<void> {
    if (this.#isClosed || this.#term !== undefined) return;
    const { leases, nodeId, timings, failed } = this.#parts;
    let delayMs = timings.heartbeatMs;
    try {
      const entry = await leases.read(COORDINATOR_LEASE);
      if (entry === undefined || this.#decode(entry)?.nodeId === nodeId) {
        await this.#take(entry?.revision ?? NO_ENTRY);
      } else if (this.#meet(entry)) {
        delayMs = timings.heartbeatMs / 4; // engines remove what has expired a little later, and may not tell
      } else delayMs = timings.leaseTtlMs;
    } catch (error) {
      if (isConflict(error)) delayMs = timings.leaseTtlMs;
      else failed("lease of the coordinator could not be taken", error);
    }
    if (this.#term === undefined) this.#lookAfter(delayMs);
  }

  async #take(expectedRevision: number): Promise<void> {
    const { clock, timings, nodeId, begun, seen } = this.#parts;
    if (this.#isClosed) return;
    const sentAtMs = clock.monotonicMs();
    this.#revision = await this.#write(0, expectedRevision);
    const { selfFenceMs } = timings;
    const term = new Term(clock, { number: this.#revision, selfFenceMs, sentAtMs });
    if (this.#isClosed || !term.isActive) return;
    this.#term = term;
    this.#isDoubtful = false;
    this.#watchExpiry(term);
    this.#schedule(timings.heartbeatMs, () => this.#renew(term));
    seen(nodeId, term.number);
    begun(term);
  }

  async #write(term: number, expectedRevision: number): Promise<number> {
    const { leases, nodeId, newId, clock } = this.#parts;
    const value = encodeLease({
      version: 1,
      nodeId,
      term,
      writeId: newId(),
      atMs: clock.epochMs(),
    });
    return await leases.put(COORDINATOR_LEASE, value, { expectedRevision });
  }

  async #renew(term: Term): Promise<void> {
    if (this.#term !== term) return;
    const { clock, timings, failed } = this.#parts;
    const sentAtMs = clock.monotonicMs();
    let delayMs = timings.heartbeatMs;
    try {
      if (this.#isDoubtful) await this.#compare();
      if (this.#term !== term) return;
      this.#revision = await this.#write(term.number, this.#revision);
      term.renewed(sentAtMs);
      this.#watchExpiry(term);
    } catch (error) {
      this.#isDoubtful = true;
      delayMs = isConflict(error) ? 0 : timings.heartbeatMs / 4;
      if (!isConflict(error)) failed("lease of the coordinator could not be renewed", error);
    }
    if (this.#term === term) this.#schedule(delayMs, () => this.#renew(term));
  }

  /** Either a renewal of unknown outcome has happened, or the lease is lost. Rejects as the engine does. */
  async #compare(): Promise<void> {
    const { leases, nodeId } = this.#parts;
    const entry = await leases.read(COORDINATOR_LEASE);
    this.#isDoubtful = false;
    if (entry === undefined) this.#end(TermEnd.LeaseOverdue);
    else if (this.#decode(entry)?.nodeId !== nodeId) this.#end(TermEnd.LeaseTaken);
    else this.#revision = entry.revision;
  }

  #watchExpiry(term: Term): void {
    this.#expiry?.cancel();
    this.#expiry = this.#parts.clock.schedule(
      () => {
        if (this.#term !== term) return;
        if (term.isActive) this.#watchExpiry(term);
        else this.#end(TermEnd.LeaseOverdue);
      },
      Math.max(0, term.remainingMs),
      KeepAlive.No,
    );
  }

  #end(reason: TermEnd): void {
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    this.#expiry?.cancel();
    term.end();
    this.#parts.ended(term, reason);
    if (reason !== TermEnd.Released) this.#revision = NO_ENTRY;
    this.#lookAfter(reason === TermEnd.LeaseTaken ? this.#parts.timings.leaseTtlMs : 0);
  }
}

function isConflict(error: unknown): boolean {
  return LimelightError.is(error) && error.code === ErrorCode.EngineConflict;
}
