import { eachLimited } from "../../base/async/each-limited.ts";
import { WorkLine } from "../../base/async/work-line.ts";
import { readCommand } from "../codec/command-codec.ts";
import { signalsToCarry, withLeftSignals } from "../decisions/carried-signals.ts";
import {
  type DecisionParts,
  isMoving,
  isPlaced,
  pend,
  sleep,
  startOn,
} from "../decisions/transitions.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { StoredMessage } from "../engine/log.ts";
import { type Command, CommandKind } from "../protocol/commands.ts";
import {
  PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../protocol/placement-record.ts";
import { RunnerStatus } from "../protocol/runner-record.ts";
import { commandSubject } from "../protocol/subjects.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import type { PlacementIndex } from "./placement-index.ts";
import type { Placements } from "./placements.ts";
import type { RunnerChoice } from "./runner-choice.ts";
import { TakeoverOrder } from "./takeover-order.ts";
import type { Term } from "./term.ts";

/** Runners that are taken over at a time. */
const MAX_RUNNERS = 16;
/** Actors of one runner that are placed elsewhere at a time. */
const MAX_WORKERS = 256;
const PAGE = 256;

/** A runner that is gone, and the commands that it has left for one actor. */
interface Leaving {
  readonly runnerId: string;
  readonly commands: readonly Command[];
  readonly member: Member | undefined;
}

/** What becomes of an actor, and of the signals that were for it. */
interface Left {
  readonly next: PlacementRecord | undefined;
  readonly givenUp: readonly Command[];
  readonly carried: readonly Command[];
  readonly isMoved: boolean;
}

const NOTHING_LEFT: Left = { next: undefined, givenUp: [], carried: [], isMoved: false };

/** What a {@link Takeover} works with. */
export interface TakeoverParts {
  readonly session: Pick<EngineSession, "commands" | "runners">;
  readonly members: Members;
  readonly index: PlacementIndex;
  readonly placements: Placements;
  readonly choice: RunnerChoice;
  readonly isWanted: (address: string) => boolean;
  /** Whether any request waits for an actor, to be placed or to be told something. */
  readonly isAwaited: (address: string) => boolean;
  readonly term: Term;
  readonly observer: CoordinatorObserver;
  readonly monotonicMs: () => number;
}

/**
 * Takes over what runners leave that are gone: their actors start elsewhere, with the signals that the runner has not
 * carried out, in one write each; then what is left of their commands is purged. Those that requests or signals wait for
 * come first. It may be begun anew at any point: the record says that the signals were carried from there.
 */
export class Takeover {
  readonly #parts: TakeoverParts;
  readonly #line = new WorkLine(MAX_RUNNERS, (runnerId) => this.#takeOver(runnerId));
  /** Of the runners that are being taken over. */
  readonly #orders = new Map<string, TakeoverOrder>();

  constructor(parts: TakeoverParts) {
    this.#parts = parts;
  }

  /** Has taken over whatever runners that are gone have left. */
  sweep(): void {
    for (const runnerId of this.#gone()) this.#line.add(runnerId);
  }

  /** Takes over a runner that is gone, unless that is under way. */
  take(runnerId: string): void {
    this.#line.add(runnerId);
  }

  /** Begins nothing further, and resolves when nothing is under way. Never rejects. */
  async stop(): Promise<void> {
    await this.#line.stop();
  }

  *#gone(): Generator<string> {
    const { members, index } = this.#parts;
    for (const { isGone, record, runnerId } of members.all()) {
      if (isGone && (record.clearedAtMs === undefined || index.on(runnerId).size > 0))
        yield runnerId;
    }
    for (const runnerId of index.runners()) {
      if (members.find(runnerId) === undefined) yield runnerId;
    }
  }

  async #takeOver(runnerId: string): Promise<void> {
    const { term, observer } = this.#parts;
    try {
      if (term.isActive) await this.#take(runnerId);
    } catch (error) {
      observer.failed("runner could not be taken over", error);
    } finally {
      this.#orders.delete(runnerId);
    }
  }

  /** A request waits for an actor from now on: if its runner is being taken over, its turn is next. */
  hurry(address: string): void {
    const runnerId = this.#parts.index.find(address)?.runnerId;
    if (runnerId !== undefined) this.#orders.get(runnerId)?.hurry(address);
  }

  async #take(runnerId: string): Promise<void> {
    const { members, index, session, term, observer, isAwaited } = this.#parts;
    const member = members.find(runnerId);
    // A placement may be known before the record of its runner.
    if (member === undefined && (await session.runners.read(runnerId)) !== undefined) return;
    let moved = 0;
    let failed = 0;
    const move = async (address: string, commands?: readonly Command[]): Promise<void> => {
      try {
        term.require();
        const left = commands ?? (await this.#commandsFor(address, runnerId));
        if (await this.#move(address, runnerId, left, member)) moved += 1;
      } catch (error) {
        failed += 1;
        if (term.isActive) observer.failed("actor of a lost runner could not be placed", error);
      }
    };
    const order = new TakeoverOrder((address) => move(address));
    this.#orders.set(runnerId, order);
    const placed = [...index.on(runnerId)].map(({ address }) => address);
    for (const address of placed) if (isAwaited(address)) order.hurry(address);
    const left = await this.#commandsOf(runnerId);
    for (const [address, commands] of left) if (commands.some(isSignal)) order.hurry(address);
    await eachLimited(order.turns([...placed, ...left.keys()]), MAX_WORKERS, (address) =>
      move(address, left.get(address) ?? []),
    );
    await order.idle();
    if (failed > 0 || !index.isCurrent || index.on(runnerId).size > 0) return; // the next sweep goes on
    term.require();
    const purged = await session.commands.purge(runnerId);
    if (member !== undefined && member.record.clearedAtMs === undefined) {
      await members.markCleared(member);
    }
    observer.runnerCleared(runnerId, moved, purged);
  }

  /** Returns the commands that a runner has left in its log for one actor. */
  async #commandsFor(address: string, runnerId: string): Promise<readonly Command[]> {
    const { session } = this.#parts;
    const subject = commandSubject(runnerId, address);
    const messages = await session.commands.read({ filter: runnerId, subject, limit: PAGE });
    return this.#readAll(messages);
  }

  /** Returns the commands that a runner has left in its log, by actor. */
  async #commandsOf(runnerId: string): Promise<ReadonlyMap<string, readonly Command[]>> {
    const { session, term } = this.#parts;
    const byAddress = new Map<string, Command[]>();
    for (let after = 0; ; ) {
      term.require();
      const page = await session.commands.read({ filter: runnerId, after, limit: PAGE });
      for (const command of this.#readAll(page)) {
        const { address } = command.checkpoint;
        const known = byAddress.get(address);
        if (known === undefined) byAddress.set(address, [command]);
        else known.push(command);
      }
      after = page.at(-1)?.sequence ?? after;
      if (page.length < PAGE) return byAddress;
    }
  }

  /** Returns the commands in some messages, without those that cannot be read. */
  #readAll(messages: readonly StoredMessage[]): readonly Command[] {
    const { observer } = this.#parts;
    return messages.flatMap((message) => {
      try {
        return [readCommand(message)];
      } catch (error) {
        observer.failed("command of a lost runner could not be read", error);
        return [];
      }
    });
  }

  /** Returns whether the actor was placed elsewhere. */
  async #move(
    address: string,
    runnerId: string,
    commands: readonly Command[],
    member: Member | undefined,
  ): Promise<boolean> {
    const { placements, index, observer, monotonicMs } = this.#parts;
    const entry = index.find(address);
    const sinceMs = member?.seenAtMs ?? monotonicMs();
    if (entry?.runnerId === runnerId && entry.status !== PlacementStatus.Stopping) {
      entry.lost ??= { from: runnerId, sinceMs };
    }
    let left: Left = NOTHING_LEFT;
    await placements.update(
      address,
      (record, parts) => {
        left = this.#decide(parts, record, { runnerId, commands, member });
        return left.next;
      },
      sinceMs,
    );
    for (const command of left.givenUp) observer.signalCarried(command, true);
    for (const command of left.carried) observer.signalCarried(command, false);
    return left.isMoved;
  }

  #decide(
    parts: DecisionParts,
    record: PlacementRecord | undefined,
    { runnerId, commands, member }: Leaving,
  ): Left {
    // The record of an actor is kept for as long as its signals may be carried out.
    if (record === undefined) return { ...NOTHING_LEFT, givenUp: commands.filter(isSignal) };
    const isThere = record.runnerId === runnerId;
    if (!isThere && record.carriedFrom === runnerId) return NOTHING_LEFT; // by an earlier attempt
    const { record: before, givenUp } = withLeftSignals(record, commands);
    if (!isThere && before === record) return { ...NOTHING_LEFT, givenUp };
    const signals = signalsToCarry(before.outbox);
    const carried = before.outbox.filter(({ id }) => signals.some((order) => order.id === id));
    if (isThere && !this.#continues(record, signals.length)) {
      return { next: sleep(parts, record), givenUp, carried, isMoved: false };
    }
    if (isPlaced(record) && !isThere) {
      const next = { ...before, writeId: parts.newId(), carriedFrom: runnerId };
      return { next, givenUp, carried, isMoved: false };
    }
    const { address } = record;
    const reason = isThere ? reasonOf(record, member) : PlacementReason.Requested;
    const chosen = this.#parts.choice.for(address, runnerId);
    // It may have run, and have been destroyed, although nothing was told of that.
    const mustExist = !this.#parts.isWanted(address);
    const next =
      chosen === undefined
        ? pend(parts, before, { address, reason, untilMs: 0 })
        : startOn(parts, before, { address, runnerId: chosen, reason, mustExist });
    return { next: { ...next, carriedFrom: runnerId }, givenUp, carried, isMoved: isThere };
  }

  /** Whether an actor whose runner is gone runs on elsewhere. One that was about to end need not. */
  #continues(record: PlacementRecord, signals: number): boolean {
    if (record.status !== PlacementStatus.Stopping || isMoving(record)) return true;
    return signals > 0 || this.#parts.isWanted(record.address);
  }
}

function isSignal({ kind }: Command): boolean {
  return kind === CommandKind.Signal;
}

function reasonOf(record: PlacementRecord, member: Member | undefined): PlacementReason {
  if (isMoving(record)) return record.reason;
  return member?.status === RunnerStatus.Left
    ? PlacementReason.RunnerLeft
    : PlacementReason.RunnerLost;
}
