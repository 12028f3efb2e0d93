import { eachLimited } from "../../base/async/each-limited.ts";
import type { Clock } from "../../base/clock.ts";
import { commandMessage } from "../codec/command-codec.ts";
import { afterStop } from "../decisions/apply-events.ts";
import {
  backOff,
  COMMAND_TTL_MS,
  clearOutbox,
  type DecisionParts,
  isPlaced,
  MAX_START_ATTEMPTS,
  mayCreate,
  pend,
  sleep,
  startOn,
} from "../decisions/transitions.ts";
import type { EngineSession } from "../engine/engine.ts";
import { type Command, CommandKind } from "../protocol/commands.ts";
import {
  PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../protocol/placement-record.ts";
import type { ClusterTimings } from "../protocol/timings.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";
import type { Members } from "./members.ts";
import type { IndexEntry, PlacementIndex } from "./placement-index.ts";
import { type Decide, type Placements, REMOVE } from "./placements.ts";
import type { RunnerChoice } from "./runner-choice.ts";
import type { Term } from "./term.ts";

/** Actors that are dealt with at a time. */
const MAX_WORKERS = 64;

/** What a {@link Sweeper} works with. */
export interface SweeperParts {
  readonly session: Pick<EngineSession, "commands">;
  readonly clock: Clock;
  readonly timings: ClusterTimings;
  readonly term: Term;
  readonly members: Pick<Members, "startFailed">;
  readonly index: PlacementIndex;
  readonly placements: Placements;
  readonly choice: RunnerChoice;
  readonly newId: () => string;
  readonly isWanted: (address: string) => boolean;
  /** Looks again at the requests for an actor. */
  readonly notify: (address: string) => void;
  readonly observer: CoordinatorObserver;
}

/** Does what is due: overdue starts and stops, outboxes, delayed attempts, waiting actors and old records. */
export class Sweeper {
  readonly #parts: SweeperParts;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  async sweep(): Promise<void> {
    await Promise.all([this.#dealWithDue(), this.#placePending()]);
  }

  async #dealWithDue(): Promise<void> {
    const { clock, term } = this.#parts;
    const nowMs = clock.epochMs();
    await eachLimited(this.#due(nowMs), MAX_WORKERS, async (entry) => {
      if (!term.isActive) return;
      try {
        await this.#deal(entry, clock.epochMs());
      } catch (error) {
        this.#parts.observer.failed("placement that is due could not be dealt with", error);
        this.#parts.index.later(entry, clock.epochMs() + this.#parts.timings.sweepMs);
      }
    });
  }

  *#due(nowMs: number): Generator<IndexEntry> {
    for (;;) {
      const entry = this.#parts.index.nextDue(nowMs);
      if (entry === undefined) return;
      yield entry;
    }
  }

  async #deal(entry: IndexEntry, nowMs: number): Promise<void> {
    switch (entry.status) {
      case PlacementStatus.Starting:
      case PlacementStatus.Stopping:
      case PlacementStatus.Running:
        await this.#dealPlaced(entry, nowMs);
        return;
      case PlacementStatus.Backoff:
        await this.#tryAgain(entry, nowMs);
        return;
      case PlacementStatus.Pending:
        await this.#giveUp(entry, nowMs);
        return;
      case PlacementStatus.Asleep:
      case PlacementStatus.Failed:
        await this.#delete(entry);
        return;
    }
  }

  /** Appends an outbox again, clears it, or deals with a runner that has not answered. */
  async #dealPlaced(entry: IndexEntry, nowMs: number): Promise<void> {
    const { placements, index, timings, choice } = this.#parts;
    const record = await placements.update(entry.address, () => undefined);
    if (!isPlaced(record) || !choice.isThere(record.runnerId)) return; // a takeover deals with it
    const { deadlineMs } = entry;
    const isOverdue = deadlineMs > 0 && nowMs >= deadlineMs;
    if (isOverdue && record.status === PlacementStatus.Starting) {
      await this.#overdue(record, record.runnerId);
      return;
    }
    if (isOverdue && record.status === PlacementStatus.Stopping) {
      await this.#overdueStop(record);
      return;
    }
    const last = record.outbox.at(-1)?.checkpoint.index ?? 0;
    if (last > entry.sentIndex) await placements.resend(entry.address);
    else if (record.status === PlacementStatus.Running && last > 0) {
      await placements.update(entry.address, (now, parts) => {
        if (now?.generation !== record.generation || !isPlaced(now)) return undefined;
        return clearOutbox(parts, now);
      });
      return;
    }
    const isSent = record.outbox.every(({ checkpoint }) => checkpoint.index <= entry.sentIndex);
    const isDone = isSent && record.status !== PlacementStatus.Running;
    const laterMs = isDone ? Number.POSITIVE_INFINITY : nowMs + timings.outboxMs;
    const dueMs = Math.min(laterMs, deadlineMs > 0 ? deadlineMs : laterMs);
    index.later(entry, Math.max(dueMs, nowMs + 1));
  }

  /** A runner has not answered a start: the next attempt is made elsewhere, and this one is called off. */
  async #overdue(overdue: PlacementRecord, runnerId: string): Promise<void> {
    const { placements, choice, members, observer, isWanted } = this.#parts;
    const { address, generation, commandIndex } = overdue;
    let isDecided = false;
    await placements.update(address, (record, parts) => {
      isDecided = record?.status === PlacementStatus.Starting && record.generation === generation;
      if (!isDecided || record === undefined) return undefined;
      // Until it has started, its outbox has all signals.
      const attempts = record.attempts + 1;
      const chosen = choice.for(address, runnerId);
      if (attempts >= MAX_START_ATTEMPTS) return backOff(parts, record);
      const reason = PlacementReason.StartOverdue;
      return chosen === undefined
        ? pend(parts, { ...record, attempts }, { address, reason, untilMs: 0 })
        : startOn(
            parts,
            { ...record, attempts },
            {
              address,
              runnerId: chosen,
              reason,
              mustExist: !isWanted(address), // it may have run
            },
          );
    });
    if (!isDecided) return;
    members.startFailed(runnerId, address);
    try {
      // If it is lost, a late start there is refused by the generation in the store.
      const index = commandIndex + 1;
      await this.#callOff(runnerId, { address, generation, index });
    } catch (error) {
      observer.failed("overdue start could not be called off", error);
    }
  }

  async #callOff(runnerId: string, checkpoint: Command["checkpoint"]): Promise<void> {
    const { session, newId, clock } = this.#parts;
    const nowMs = clock.epochMs();
    const command: Command = {
      id: newId(),
      checkpoint,
      kind: CommandKind.Stop,
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + COMMAND_TTL_MS,
      reason: PlacementReason.StartOverdue,
    };
    await session.commands.append(commandMessage(runnerId, command));
  }

  /** A runner has not told that an actor has ended: it is taken for ended. A later generation fences it. */
  async #overdueStop(overdue: PlacementRecord): Promise<void> {
    const { placements, choice, isWanted } = this.#parts;
    await placements.update(overdue.address, (record, parts) => {
      if (record?.status !== PlacementStatus.Stopping) return undefined;
      if (record.generation !== overdue.generation) return undefined;
      const choose = (address: string, avoid: string | undefined) => choice.for(address, avoid);
      return afterStop({ ...parts, choose, isWanted }, record, {});
    });
  }

  /** Starts an actor again whose start has failed, if it has to run although no message asks for it. */
  async #tryAgain(entry: IndexEntry, nowMs: number): Promise<void> {
    const { placements, index, timings, notify } = this.#parts;
    notify(entry.address);
    const record = await placements.update(entry.address, this.#restart());
    if (record?.status !== PlacementStatus.Backoff) return;
    // Nothing to do but to delete it one day.
    const oldMs = Math.min(record.sinceMs, nowMs) + timings.keepAsleepMs;
    if (nowMs >= oldMs) await this.#delete(entry);
    else index.later(entry, Math.max(oldMs, nowMs + 1));
  }

  #restart(): Decide {
    const { choice } = this.#parts;
    return (record, parts) => {
      if (record?.status !== PlacementStatus.Backoff) return undefined;
      const isAskedFor = record.reason === PlacementReason.Wanted && record.outbox.length === 0;
      if (isAskedFor) return undefined;
      return this.#place(parts, record, choice.for(record.address), PlacementReason.StartFailed);
    };
  }

  #place(
    parts: DecisionParts,
    record: PlacementRecord,
    runnerId: string | undefined,
    reason: PlacementReason,
  ): PlacementRecord {
    const { address } = record;
    const mustExist = !mayCreate(record) && !this.#parts.isWanted(address);
    return runnerId === undefined
      ? pend(parts, record, { address, reason, untilMs: 0 })
      : startOn(parts, record, { address, runnerId, reason, mustExist });
  }

  /** No runner has fitted an actor before its last request was given up. */
  async #giveUp(entry: IndexEntry, nowMs: number): Promise<void> {
    const { placements, isWanted, index, timings } = this.#parts;
    if (isWanted(entry.address)) {
      index.later(entry, nowMs + timings.sweepMs);
      return;
    }
    await placements.update(entry.address, (record, parts) => {
      if (record?.status !== PlacementStatus.Pending || record.deadlineMs === 0) return undefined;
      if (record.outbox.length > 0) return pend(parts, record, { ...record, untilMs: 0 });
      return record.generation === 0 ? REMOVE : sleep(parts, record);
    });
  }

  async #delete({ address }: IndexEntry): Promise<void> {
    const { placements, timings } = this.#parts;
    await placements.update(address, (record, { nowMs }) => {
      if (record === undefined) return undefined;
      const isOld = Math.min(record.sinceMs, nowMs) + timings.keepAsleepMs <= nowMs;
      return isOld && !isPlaced(record) && record.status !== PlacementStatus.Pending
        ? REMOVE
        : undefined;
    });
  }

  /** Places actors that no runner had fitted. */
  async #placePending(): Promise<void> {
    const { index, term, observer } = this.#parts;
    await eachLimited(this.#placeable([...index.pending]), MAX_WORKERS, async ({ address }) => {
      if (!term.isActive) return;
      try {
        await this.#placeOne(address);
      } catch (error) {
        observer.failed("waiting actor could not be placed", error);
      }
    });
  }

  /** Asked when it is its turn: what was placed meanwhile counts. */
  *#placeable(pending: readonly IndexEntry[]): Generator<IndexEntry> {
    for (const entry of pending) if (this.#parts.choice.isPossible(entry.address)) yield entry;
  }

  async #placeOne(address: string): Promise<void> {
    const { placements, choice } = this.#parts;
    await placements.update(address, (record, parts) => {
      if (record?.status !== PlacementStatus.Pending) return undefined;
      const runnerId = choice.for(address);
      return runnerId === undefined
        ? undefined
        : this.#place(parts, record, runnerId, record.reason);
    });
  }
}
