import { Deferred } from "../../base/async/deferred.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import type { CarriedTrace } from "../codec/headers.ts";
import { decodeRunner } from "../codec/runner-codec.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { Consumption } from "../engine/log.ts";
import { wait } from "../engine/wait.ts";
import { type RunnerRecord, RunnerStatus, type ServedType } from "../protocol/runner-record.ts";
import { runnerLease } from "../protocol/subjects.ts";
import type { ClusterTimings } from "../protocol/timings.ts";
import { negotiateVersion, PROTOCOL_RANGE } from "../protocol/versions.ts";
import type { RunnerHost } from "./actor-commands.ts";
import { ActorCommands } from "./actor-commands.ts";
import { type ActorHere, ActorTable } from "./actor-table.ts";
import { CommandIntake } from "./command-intake.ts";
import { ControlDesk } from "./control-desk.ts";
import { DrainTally } from "./drain-tally.ts";
import { EventOutbox } from "./event-outbox.ts";
import { isHopeless } from "./failures.ts";
import { type HealthScore, HealthSign } from "./health-score.ts";
import { HeldStarts } from "./held-starts.ts";
import { Lease } from "./lease.ts";
import { OwnRecord } from "./own-record.ts";
import type { RecentIds } from "./recent-ids.ts";
import { retire } from "./retire.ts";
import { FenceReason, type NotReadyReason, type RunnerObserver } from "./runner-observer.ts";
import type { RunnerSettings } from "./runner-settings.ts";
import { StoreWatch } from "./store-watch.ts";

/** Commands that may be delivered and not answered. */
const MAX_IN_FLIGHT = 256;
const ACK_WAIT_MS = 30_000;
/** How long the consumer of a process that has gone is kept, in milliseconds. */
const KEEP_CONSUMER_MS = 3_600_000;
const RETRIES = { initialMs: 200, factor: 2, maxMs: 5_000, jitter: 0.5 };
/** Share of the time for a start that is waited for a type to be defined. */
const HOLD_SHARE = 1 / 3;

/** What a runner works with. */
export interface RunnerParts {
  readonly session: EngineSession;
  readonly host: RunnerHost;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Returns a text of letters and digits, at most 20, that is never returned again by any process. */
  readonly newId: () => string;
  readonly timings: ClusterTimings;
  readonly observer: RunnerObserver;
  /** Returns the trace in which something happens now, which the events of it carry. Default: none. */
  readonly traceNow?: () => CarriedTrace;
}

/** What a membership is given besides. */
export interface MembershipParts extends RunnerParts {
  readonly settings: RunnerSettings;
  readonly health: HealthScore;
  readonly carriedOut: RecentIds;
  readonly runnerId: string;
  readonly hereChanged: (address: string, here: ActorHere | undefined) => void;
}

/**
 * One stay of a process in the cluster, under one runner id: from its record to its end. It ends by being fenced, or by
 * leaving. A process that was fenced joins again under a new id, since others may have given the actors of the old one away.
 */
export class Membership {
  readonly runnerId: string;
  readonly lease: Lease;
  readonly table: ActorTable;
  readonly commands: ActorCommands;
  readonly outbox: EventOutbox;
  readonly #parts: MembershipParts;
  readonly #record: OwnRecord;
  readonly #intake: CommandIntake;
  readonly #held: HeldStarts;
  readonly #store: StoreWatch;
  readonly #desk: ControlDesk;
  readonly #ending = new AbortController();
  readonly #fenced = new Deferred<void>();
  readonly #leased = new Deferred<void>();
  readonly #missing = new Set<NotReadyReason>(["record", "consumer", "lease"]);
  #consumption: Consumption | undefined;
  #forgetConnection: (() => void) | undefined;
  /** Number of times that the connection was there again. */
  #connections = 0;
  #isDraining = false;
  #isLeaving = false;
  #isOver = false;

  constructor(parts: MembershipParts) {
    const { session, clock, luck, timings, health, observer, host, settings, runnerId } = parts;
    this.#parts = parts;
    this.runnerId = runnerId;
    const isValid = (): boolean => this.isValid();
    this.table = new ActorTable(parts.hereChanged);
    const { traceNow = () => ({}) } = parts;
    const log = session.events;
    this.outbox = new EventOutbox({ log, runnerId, clock, luck, health, observer, traceNow });
    this.#held = new HeldStarts(clock, timings.startDeadlineMs * HOLD_SHARE);
    this.#store = new StoreWatch({
      store: session.store,
      clock,
      everyMs: timings.heartbeatMs,
      changed: (isAvailable) => this.#set("store", isAvailable),
    });
    const { table, outbox } = this;
    const { placements, deadLetters } = session;
    this.commands = new ActorCommands({
      runnerId,
      placements,
      host,
      table,
      outbox,
      held: this.#held,
      carriedOut: parts.carriedOut,
      clock,
      health,
      isValid,
      isDraining: () => this.#isDraining,
      stopMs: settings.stopMs,
      storeFailed: () => this.#store.failed(),
    });
    const { commands } = this;
    this.#intake = new CommandIntake({
      log: session.commands,
      ...{ runnerId, placements, deadLetters, clock, luck, table, outbox, commands, observer },
      isValid,
    });
    this.#desk = new ControlDesk({ bus: session.bus, runnerId, table, outbox, observer });
    this.#record = new OwnRecord(
      {
        runners: session.runners,
        clock,
        luck,
        observer,
        lost: () => this.#fence(FenceReason.DeclaredLost),
      },
      this.#firstRecord(),
      this.#ending.signal,
    );
    this.lease = new Lease({
      ...{ leases: session.leases, runnerId, timings, clock, health, observer },
      actors: () => table.size,
      renewing: (isRenewing) => {
        this.#set("lease", isRenewing);
        this.#leased.resolve();
      },
      lost: (reason) => this.#fence(reason),
    });
  }

  /** Whether messages may be handled, and replies be sent. Asked before each of both. */
  isValid(): boolean {
    return !this.#isOver && this.lease.isValid();
  }

  /** Whether it can take placements. */
  get isReady(): boolean {
    return this.#missing.size === 0 && !this.#isOver;
  }

  /** Whether it was fenced, has left or was aborted. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get status(): RunnerStatus {
    return this.#record.wanted.status;
  }

  /** Resolves when it has been fenced. */
  get fenced(): Promise<void> {
    return this.#fenced.promise;
  }

  /**
   * Joins: record, consumer, first heartbeat; then it is ready. Each step is repeated until it works.
   *
   * Rejects with `ERR_NAME_TAKEN`, `ERR_PROTOCOL_VERSION`, `ERR_RUNNER_LOST` if it was fenced meanwhile, or `ERR_ABORTED`.
   */
  async join(): Promise<void> {
    const { session, observer } = this.#parts;
    observer.statusChanged(this.runnerId, RunnerStatus.Joining);
    await this.#record.create();
    await this.#repeat("protocol could not be negotiated", () => this.#negotiate());
    this.#desk.open();
    this.#consumption = await this.#repeat("consumer could not be created", () => this.#consume());
    if (this.#isOver)
      await this.#attempt("consumer could not be deleted", this.#consumption.delete());
    this.#requireGoing();
    this.#set("consumer", true);
    this.#forgetConnection = session.connection.onChange((isConnected) => {
      if (isConnected) void this.#reconnected(); // never rejects
    });
    this.lease.start();
    await Promise.race([this.#leased.promise, this.#fenced.promise]);
    this.#requireGoing();
    this.#set("record", true);
    await this.#record.stored();
  }

  /** A type was defined. */
  typeDefined(type: string): void {
    this.#held.defined(type);
    if (!this.#isOver) this.#record.change({ types: this.#types() });
  }

  /** Takes no further starts, from this turn on, and lets the coordinator know. Returns what counts the ends of actors. */
  beginDrain(): DrainTally {
    this.#isDraining = true;
    const tally = new DrainTally();
    this.commands.tally = tally;
    this.#held.release();
    this.#set("draining", false);
    return tally;
  }

  /** Ends an orderly stay whose actors are gone: nothing is delivered any more, and the record says so. */
  async leave(): Promise<void> {
    if (this.#isOver) return;
    const { observer } = this.#parts;
    this.#isLeaving = true;
    this.#intake.close();
    this.#desk.close();
    const consumption = this.#consumption?.delete();
    const deleted = this.#attempt("consumer could not be deleted", consumption);
    if (this.#record.exists) {
      this.#record.change({ status: RunnerStatus.Left });
      // Both are sent in this turn: a drain that has no time left must not leave its lease to expire.
      const stored = this.#attempt("record could not be written", this.#record.stored());
      const released = this.#attempt("lease could not be removed", this.lease.release());
      await Promise.all([stored, released, deleted]);
      this.#end();
    } else {
      this.#end();
      await this.clean(); // it may be stored all the same
    }
    observer.statusChanged(this.runnerId, RunnerStatus.Left);
  }

  /** Ends it at once, whatever it is doing: nothing is written any more. */
  abort(): void {
    if (!this.#isOver) this.#parts.host.fenceAll();
    this.#end();
  }

  /** Removes what a stay has left behind that was fenced or aborted, as far as that is possible now. */
  async clean(): Promise<void> {
    const { session, clock } = this.#parts;
    await this.#attempt("consumer could not be deleted", this.#consumption?.delete());
    if (!this.#record.mayExist) return;
    const retired = retire(session, this.runnerId, clock.epochMs());
    await this.#attempt("record could not be written", retired);
  }

  async #negotiate(): Promise<void> {
    const { runners, leases } = this.#parts.session;
    const [records, beats] = await Promise.all([runners.list(""), leases.list("r")]);
    const alive = new Set(beats.map(({ key }) => key));
    const peers = records
      .filter(({ key }) => key !== this.runnerId && alive.has(runnerLease(key)))
      .map(({ key, value }) => [key, decodeRunner(value).protocol] as const);
    negotiateVersion(PROTOCOL_RANGE, peers);
  }

  #consume(): Promise<Consumption> {
    return this.#parts.session.commands.consume({
      name: `r_${this.runnerId}`,
      filter: this.runnerId,
      maxInFlight: MAX_IN_FLIGHT,
      ackWaitMs: ACK_WAIT_MS,
      keepForMs: KEEP_CONSUMER_MS,
      deliver: (delivery) => this.#intake.deliver(delivery),
      changed: (isWorking) => this.#set("consumer", isWorking),
    });
  }

  /** Does a step of joining until it works. */
  async #repeat<Value>(what: string, step: () => Promise<Value>): Promise<Value> {
    const { clock, luck, observer } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await step();
      } catch (error) {
        if (isHopeless(error)) throw error;
        observer.failed(what, error);
      }
      await wait(clock, backoffDelayMs(RETRIES, attempt, luck()), this.#ending.signal);
      this.#requireGoing();
    }
  }

  /** The process was cut off, and is not any more: what it has not answered is delivered again. */
  async #reconnected(): Promise<void> {
    this.lease.beatNow();
    this.outbox.nudge();
    this.#connections += 1;
    const connection = this.#connections;
    await this.#repeat("commands could not be replayed", async () => {
      // The next connection has a replay of its own.
      if (connection === this.#connections && !this.#isLeaving) await this.#consumption?.replay();
    }).catch(() => {}); // this stay has ended
  }

  /** Something that a ready runner needs is there, or is not. */
  #set(what: NotReadyReason, isThere: boolean): void {
    const { size } = this.#missing;
    if (isThere) this.#missing.delete(what);
    else this.#missing.add(what);
    if (this.#missing.size === size || this.#isOver) return;
    this.#parts.observer.readinessChanged(this.runnerId, [...this.#missing]);
    this.#tellStatus();
  }

  #tellStatus(): void {
    const { health, observer } = this.#parts;
    const status = this.#wantedStatus();
    if (status === this.status || this.#isLeaving) return;
    if (this.status === RunnerStatus.Ready && status === RunnerStatus.Joining) {
      health.add(HealthSign.NotReady);
    }
    this.#record.change({ status });
    observer.statusChanged(this.runnerId, status);
  }

  #wantedStatus(): RunnerStatus {
    if (this.#isDraining) return RunnerStatus.Draining;
    return this.#missing.size === 0 ? RunnerStatus.Ready : RunnerStatus.Joining;
  }

  /** Drops everything, in the turn in which it is found that this runner may not go on. */
  #fence(reason: FenceReason): void {
    if (this.#isOver) return;
    const { host, health, observer } = this.#parts;
    this.#isOver = true; // before what is dropped calls back
    const { tally } = this.commands;
    for (const { address, isMoved } of this.table.live())
      tally?.add(address, StopReason.Fenced, isMoved);
    host.fenceAll();
    this.#end();
    health.add(HealthSign.Fenced);
    observer.fenced(this.runnerId, reason);
    this.#fenced.resolve();
  }

  #end(): void {
    this.#isOver = true;
    this.table.clear();
    this.#intake.close();
    this.#desk.close();
    this.#held.release();
    this.#store.close();
    this.outbox.close();
    this.lease.stop();
    this.#forgetConnection?.();
    this.#ending.abort();
  }

  #requireGoing(): void {
    if (!this.#isOver) return;
    throw new ClusterError(`${this.runnerId} has ended`, {
      code: ErrorCode.Aborted,
      runnerId: this.runnerId,
    });
  }

  #firstRecord(): RunnerRecord {
    const { settings, clock } = this.#parts;
    const { name, labels, metadata, capacity, host, pid } = settings;
    const nowMs = clock.epochMs();
    return {
      version: 1,
      ...{ runnerId: this.runnerId, name, status: RunnerStatus.Joining, protocol: PROTOCOL_RANGE },
      types: this.#types(),
      ...{ capacity, labels, metadata, joinedAtMs: nowMs, changedAtMs: nowMs, host, pid },
    };
  }

  #types(): readonly ServedType[] {
    const { host, settings } = this.#parts;
    return [...host.types()].toSorted().map((type) => settings.serve(type));
  }

  async #attempt(what: string, work: Promise<unknown> | undefined): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#parts.observer.failed(what, error);
    }
  }
}
