import { WorkLine } from "../../base/async/work-line.ts";
import type { Clock } from "../../base/clock.ts";
import type { EvictionReason, WriteResolution } from "../../telemetry/cluster-attributes.ts";
import { decodeHeartbeat, decodeRunner, encodeRunner } from "../codec/runner-codec.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { KeyValueEntry, Watch } from "../engine/key-value.ts";
import { resolveWrite } from "../engine/resolve-write.ts";
import { type Heartbeat, type RunnerRecord, RunnerStatus } from "../protocol/runner-record.ts";
import { runnerLease } from "../protocol/subjects.ts";
import type { ClusterTimings } from "../protocol/timings.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";
import { Member } from "./member.ts";
import type { Term } from "./term.ts";

/** Key prefix of the leases of runners. */
const RUNNER_LEASES = "r";

/** What {@link Members} work with. */
export interface MembersParts {
  readonly session: Pick<EngineSession, "runners" | "leases">;
  readonly clock: Clock;
  readonly luck: () => number;
  readonly timings: ClusterTimings;
  readonly term: Term;
  readonly observer: CoordinatorObserver;
  /** Returns the number of actors that are placed on a runner. */
  readonly loadOf: (runnerId: string) => number;
  /** Called when a runner can take more, or must be left. */
  readonly changed: (member: Member) => void;
}

/** Runners that are looked into at a time. */
const MAX_CHECKS = 64;
/** Share of the time between sweeps after which a lease is read again that should have run out. */
const SOON_SHARE = 1 / 4;

/**
 * The runners of the cluster, from their records and leases. A runner is lost when its lease is absent in two reads from
 * the leader of the engine, a quarter of the time between sweeps apart at least. Only runners whose heartbeats have stopped
 * are read, more often once their leases should have run out.
 */
export class Members {
  readonly #parts: MembersParts;
  readonly #members = new Map<string, Member>();
  /** Heartbeats that were there before all runners were known. They may be of runners that have died since. */
  readonly #early = new Map<string, Heartbeat>();
  readonly #watches = new Map<string, Watch>();
  readonly #checks = new WorkLine(MAX_CHECKS, (runnerId) => this.#look(runnerId));
  #isCurrent = false;

  constructor(parts: MembersParts) {
    this.#parts = parts;
  }

  /** Whether all runners are known. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  find(runnerId: string): Member | undefined {
    return this.#members.get(runnerId);
  }

  all(): Iterable<Member> {
    return this.#members.values();
  }

  /** Begins to follow records and leases. Rejects as the engine does; the next call begins what is missing. */
  async start(): Promise<void> {
    const { session } = this.#parts;
    const leases = this.#follow("leases", () =>
      session.leases.watch(RUNNER_LEASES, {
        changed: (entry) => this.#beat(entry),
        removed: (key) => this.#missed(key),
        current: () => {},
      }),
    );
    const records = this.#follow("records", () =>
      session.runners.watch("", {
        changed: (entry) => this.#record(entry),
        removed: (key) => this.#removed(key),
        current: () => {},
      }),
    );
    for (const outcome of await Promise.allSettled([leases, records])) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
    for (const [runnerId, beat] of this.#early) this.#members.get(runnerId)?.told(beat);
    this.#early.clear();
    this.#isCurrent = true;
  }

  /** Follows nothing more, and resolves when nothing is under way. Never rejects. */
  async stop(): Promise<void> {
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
    await this.#checks.stop();
  }

  async #follow(what: string, begin: () => Promise<Watch>): Promise<void> {
    if (this.#watches.has(what)) return;
    const watch = await begin();
    if (this.#parts.term.isActive) this.#watches.set(what, watch);
    else watch.stop();
  }

  /** Number of runners by status. */
  counts(): Readonly<Partial<Record<RunnerStatus, number>>> {
    const counts: Partial<Record<RunnerStatus, number>> = {};
    for (const { status } of this.#members.values()) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }

  /** Number of ready runners that are evicted, by reason. */
  evicted(): Readonly<Partial<Record<EvictionReason, number>>> {
    const counts: Partial<Record<EvictionReason, number>> = {};
    for (const { status, evictedFor } of this.#members.values()) {
      if (status !== RunnerStatus.Ready || evictedFor === undefined) continue;
      counts[evictedFor] = (counts[evictedFor] ?? 0) + 1;
    }
    return counts;
  }

  /** An actor runs on a runner. */
  actorStarted(runnerId: string): void {
    const member = this.#members.get(runnerId);
    member?.standing.started();
    if (member?.isEvicted === true) this.#review(member);
  }

  /** The start of an actor has failed for a reason of its runner, or was not answered. */
  startFailed(runnerId: string, address: string): void {
    const member = this.#members.get(runnerId);
    if (member === undefined) return;
    member.standing.startFailed(address, this.#parts.clock.monotonicMs());
    this.#review(member);
  }

  /**
   * Has the leases of runners read whose heartbeats have stopped, and those declared lost that have none; has records of
   * runners deleted that have been gone for long.
   */
  sweep(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const member of this.#members.values()) {
      this.#review(member);
      if (member.isGone || this.#isSuspect(member, nowMs)) this.#checks.add(member.runnerId);
    }
  }

  async #look(runnerId: string): Promise<void> {
    const { clock, term, observer } = this.#parts;
    const member = this.#members.get(runnerId);
    if (member === undefined || !term.isActive) return;
    try {
      if (member.isGone) await this.#forget(member, clock.epochMs());
      else if (this.#isSuspect(member, clock.monotonicMs())) await this.#check(member);
    } catch (error) {
      observer.failed("state of a runner could not be checked", error);
    }
  }

  /** How long after a sweep the next one is due, in milliseconds: sooner if the lease of a runner should have run out. */
  get nextSweepMs(): number {
    const { clock, timings } = this.#parts;
    const { sweepMs, leaseTtlMs } = timings;
    const nowMs = clock.monotonicMs();
    let nextMs = sweepMs;
    for (const member of this.#members.values()) {
      if (!member.isGone) nextMs = Math.min(nextMs, member.seenAtMs + leaseTtlMs - nowMs);
    }
    return Math.max(nextMs, sweepMs * SOON_SHARE);
  }

  /** Decides whether a runner is evicted, and tells of it. */
  #review(member: Member): void {
    const { clock, observer } = this.#parts;
    const before = member.evictedFor;
    member.evictedFor = member.isGone ? undefined : member.standing.evictedFor(clock.monotonicMs());
    if (member.evictedFor === before) return;
    observer.evictionChanged(member.runnerId, member.evictedFor);
  }

  /** Marks a runner that is gone as one of which nothing is left to take over. Rejects as the engine does. */
  async markCleared(member: Member): Promise<void> {
    const changedAtMs = this.#parts.clock.epochMs();
    await this.#write(member, { ...member.record, clearedAtMs: changedAtMs });
  }

  #isSuspect(member: Member, nowMs: number): boolean {
    const { heartbeatMs, leaseTtlMs } = this.#parts.timings;
    // A runner that joins writes its record before its first heartbeat. One that was ready and is not says `joining` too.
    const { status, joinedAtMs, changedAtMs } = member.record;
    const hasJoined = status !== RunnerStatus.Joining || changedAtMs !== joinedAtMs;
    const isNew = !hasJoined && member.beat === undefined;
    const silentMs = nowMs - member.seenAtMs;
    if (isNew) return silentMs > leaseTtlMs;
    return member.isMissed || !member.hasBeaten || silentMs > 2 * heartbeatMs;
  }

  async #check(member: Member): Promise<void> {
    const { session, observer, clock } = this.#parts;
    const entry = await session.leases.read(runnerLease(member.runnerId));
    if (entry !== undefined) {
      // A watch may be late; that the lease is there says nothing of when it was written.
      member.absences = 0;
      member.isMissed = false;
      member.beat ??= decodeHeartbeat(entry.value);
      return;
    }
    member.absences += 1;
    if (member.absences < 2) return;
    const from = member.status;
    const changedAtMs = clock.epochMs();
    const lost = { ...member.record, status: RunnerStatus.Lost, changedAtMs };
    if (!(await this.#write(member, lost))) return; // the watch has told before
    observer.runnerChanged(member.runnerId, from, RunnerStatus.Lost);
    this.#parts.changed(member);
  }

  /** Returns whether the watch has not told of the write yet. */
  async #write(member: Member, record: RunnerRecord): Promise<boolean> {
    const { session, term, clock, luck, observer } = this.#parts;
    term.require();
    const write = {
      key: member.runnerId,
      value: encodeRunner(record),
      expectedRevision: member.revision,
    };
    const resolved = (what: WriteResolution): void => observer.writeResolved(what);
    const resolver = { clock, luck, signal: term.signal, resolved };
    const revision = await resolveWrite(session.runners, write, resolver);
    if (member.revision >= revision) return false;
    member.revision = revision;
    member.record = record;
    return true;
  }

  async #forget(member: Member, nowMs: number): Promise<void> {
    const { timings, session, loadOf, term } = this.#parts;
    const { clearedAtMs, changedAtMs } = member.record;
    if (clearedAtMs === undefined || loadOf(member.runnerId) > 0) return;
    if (Math.min(changedAtMs, nowMs) + timings.keepGoneMs > nowMs) return;
    term.require();
    await session.runners.remove(member.runnerId, { expectedRevision: member.revision });
    this.#members.delete(member.runnerId);
  }

  #record({ value, revision }: KeyValueEntry): void {
    const { observer, clock, loadOf, changed } = this.#parts;
    let record: RunnerRecord;
    try {
      record = decodeRunner(value);
    } catch (error) {
      observer.failed("record of a runner could not be read", error);
      return;
    }
    const known = this.#members.get(record.runnerId);
    if (known === undefined) {
      const member = new Member({ record, revision }, clock.monotonicMs(), loadOf);
      this.#members.set(record.runnerId, member);
      observer.runnerChanged(record.runnerId, undefined, record.status);
      changed(member);
      return;
    }
    if (known.revision >= revision) return;
    const from = known.status;
    known.know(record, revision);
    if (from !== record.status) observer.runnerChanged(record.runnerId, from, record.status);
    changed(known);
  }

  /** Its record is gone: deleted by this coordinator a while after it had left, or by an operator. */
  #removed(runnerId: string): void {
    const member = this.#members.get(runnerId);
    if (member?.isEvicted === true) this.#parts.observer.evictionChanged(runnerId, undefined);
    this.#members.delete(runnerId);
  }

  #beat(entry: KeyValueEntry): void {
    const { observer, clock } = this.#parts;
    try {
      const beat = decodeHeartbeat(entry.value);
      if (!this.#isCurrent) {
        this.#early.set(beat.runnerId, beat);
        return;
      }
      const member = this.#members.get(beat.runnerId);
      if (member === undefined) return;
      member.told(beat);
      this.#review(member);
      member.hasBeaten = true;
      member.seenAtMs = clock.monotonicMs();
      member.isMissed = false;
      member.absences = 0;
    } catch (error) {
      observer.failed("heartbeat of a runner could not be read", error);
    }
  }

  #missed(key: string): void {
    const member = this.#members.get(key.slice(RUNNER_LEASES.length + 1));
    if (member !== undefined) member.isMissed = true;
  }
}
