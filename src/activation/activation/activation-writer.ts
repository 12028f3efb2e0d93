import { log } from "../../actor/lifecycle/logging.ts";
import type { PendingAsk } from "../../actor/mailbox/pending-ask.ts";
import { Deferred } from "../../base/async/deferred.ts";
import { DeliveryError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { WriteOutcome } from "../../store/contract/outcomes.ts";
import type { WriteOperation } from "../../store/contract/store.ts";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import { ActorState, AwakeReason, StopReason } from "../../telemetry/attributes.ts";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import type { Hold } from "../awake/holds.ts";
import { endedError, goesOn, mayBeStored, replyLost } from "../commit/after-failure.ts";
import { CommitSpans } from "../commit/commit-span.ts";
import type { CommitWatch } from "../commit/commit-watch.ts";
import { type CommitContent, type CommitEnd, Committer } from "../commit/committer.ts";
import { HeldReplies, type HoldableAsk } from "../commit/held-replies.ts";
import { PendingWrites } from "../commit/pending-writes.ts";
import type { IntervalMember, SaveInterval } from "../commit/save-interval.ts";
import type { RoundMember, SaveRound } from "../commit/save-round.ts";
import { eventsWait, repliesWait } from "../connection/held-event.ts";
import { encodeMeta, type MetaRecord } from "../records/meta-record.ts";
import { metaKey } from "../records/record-keys.ts";
import type { Activation } from "./activation.ts";
import { nextMeta, recordOperations, stateOperation } from "./activation-meta.ts";
import { noteSize } from "./stored-state.ts";

/** Where the activations of a system meet to be stored together. */
export interface SaveQueues {
  readonly round: SaveRound;
  readonly interval: SaveInterval;
  readonly watch: CommitWatch;
}

/**
 * Stores what one activation changes: its state, its record and what its parts buffer, in one commit. Gives replies
 * once the changes that they may depend on are stored.
 */
export class ActivationWriter implements RoundMember, IntervalMember {
  inRound = false;
  saveDueMs: number | undefined = undefined;
  readonly saveIntervalMs: number;
  readonly #activation: Activation;
  readonly #queues: SaveQueues;
  readonly #held = new HeldReplies();
  #writes: PendingWrites | undefined = undefined;
  #committer: Committer | undefined;
  #spans: CommitSpans | undefined;
  /** Whether the record has to be written even if nothing else has changed. */
  #touched = false;
  /** Whether the record only has to count this activation of an actor that exists. No reply waits for that. */
  #claims = false;
  /** The record that the commit under way writes. */
  #meta: MetaRecord | undefined;
  /** What the last commit writes: the removal of everything. */
  #removal: readonly WriteOperation[] | undefined;
  /** Code that waits until everything buffered so far is stored. */
  #waiters: Deferred<void>[] = [];
  /** Shows that the commit under way takes long. */
  #slowHold: Hold | undefined;
  /** Whether a commit has failed, so that what is in memory is not what is stored. */
  #lost = false;

  constructor(activation: Activation, queues: SaveQueues) {
    this.#activation = activation;
    this.#queues = queues;
    this.saveIntervalMs = activation.definition.settings.saveIntervalMs;
  }

  /** What the parts of the actor have written since the last commit. */
  get writes(): PendingWrites {
    this.#writes ??= new PendingWrites();
    return this.#writes;
  }

  /** Whether a handler is at an `await`. */
  get isHandling(): boolean {
    return this.#activation.cell.current !== undefined;
  }

  /** Number of requested commits that have not begun. */
  get requested(): number {
    return this.#committer?.isRequested === true || this.inRound ? 1 : 0;
  }

  /** Whether a commit has failed since the record was loaded. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Accepts writes on top of the record that was loaded. The first commit writes the record of this activation. */
  open(): void {
    const { cell, claim, meta, owner, revision, store } = this.#activation;
    // A claim has written the record of this activation.
    this.#touched = claim === undefined || meta === undefined;
    this.#claims = meta !== undefined;
    this.#lost = false;
    if (this.#committer !== undefined) {
      this.#committer.reopen(revision);
      return;
    }
    const { tracing } = cell.type.system;
    const { activationMetrics: metrics } = this.#activation.type;
    this.#spans = new CommitSpans({ tracing, metrics }, cell);
    this.#committer = new Committer({
      store,
      metaKey: metaKey(owner),
      revision,
      who: cell.actorId,
      clock: cell.type.system.clock,
      compose: () => this.#compose(),
      begun: () => this.#spans?.begun(),
      ended: (end) => this.#ended(end),
      watch: this.#queues.watch,
      slow: (ageMs) => this.#reportSlow(ageMs),
    });
  }

  /** Stores what the start has changed, together with the changes of the first messages, if there are any. */
  begin(): void {
    if (this.#activation.cell.depth > 0 && this.#waiters.length === 0) return;
    this.#queues.round.add(this);
  }

  /** Holds a reply until what it may depend on is stored. */
  hold(ask: PendingAsk, value: unknown): void {
    if (this.#held.size === 0 && !repliesWait(this.#activation)) {
      ask.reply(value);
      return;
    }
    this.#held.hold(ask, ask.toHold(value));
    const { tracing } = this.#activation.type.system;
    if (tracing.active) this.#spans?.requestedIn(spanOf(activeContext()));
  }

  /** Gives an event once what was changed before it is stored, after the replies and events before it. */
  holdInOrder(event: HoldableAsk): void {
    if (this.#held.size === 0 && !eventsWait(this.#activation)) {
      event.reply(undefined);
      return;
    }
    this.#held.hold(event, undefined);
    if (this.#touched) this.#claims = false;
    this.#queues.round.add(this);
  }

  /** Stores the changes of the messages just handled: at once if a reply waits for them, else within the interval. */
  turnEnded(): void {
    const isAwaited = this.#waiters.length > 0 && !this.isHandling;
    const mayWait = this.#held.size === 0 && !this.#touched && !isAwaited;
    if (mayWait && this.saveDueMs !== undefined) return; // it waits for its interval already
    if (!this.#isOpen()) return;
    if (mayWait) this.#queues.interval.add(this);
    else if (this.#isStored()) this.#giveReplies();
    else this.#queues.round.add(this);
  }

  /** Stores what tasks change within the interval, although no message ends a turn. */
  watchTasks(): void {
    this.#queues.interval.add(this);
  }

  /**
   * Asks for a commit after the current turn. Resolves when everything buffered so far is stored; rejects when it is
   * not.
   */
  stored(): Promise<void> {
    const waiter = new Deferred<void>();
    this.#waiters.push(waiter);
    this.#queues.round.add(this);
    return waiter.promise;
  }

  /** As {@link ActivationWriter.stored}, but while a handler runs, the commit waits until it has ended. */
  storedAfterMessage(): Promise<void> {
    if (!this.isHandling) return this.stored();
    const waiter = new Deferred<void>();
    this.#waiters.push(waiter);
    return waiter.promise;
  }

  /** Begins a commit if anything has changed, and gives the replies that need not wait for one. */
  flush(): void {
    if (!this.#isOpen()) return;
    void this.#commit();
    this.#watchTasks();
  }

  /** Stores everything that has changed so far. Returns `undefined` if nothing has. Rejects with the error of the commit. */
  save(): Promise<void> | undefined {
    return this.#commit();
  }

  /** Makes the next commit write the record, for the time of last use. */
  touch(): void {
    this.#touched = true;
    this.#claims = false;
  }

  /** Removes everything in one commit, after which nothing can be written any more. */
  async remove(operations: readonly WriteOperation[]): Promise<void> {
    this.#removal = operations;
    await this.save();
  }

  /** Gives the replies that wait for a removal of which nothing was to be done. */
  releaseAll(): void {
    this.#held.release(undefined);
    this.#settleWaiters(undefined);
  }

  /** Resolves when no commit is under way, also none that was given up; `undefined` if none is. Never rejects. */
  settled(): Promise<void> | undefined {
    return this.#committer?.isSettled === false ? this.#committer.whenSettled() : undefined;
  }

  /** Forgets what was not stored, before the next life begins with what is. */
  reset(): void {
    const { cell } = this.#activation;
    const dropped = this.#writes?.drop() ?? 0;
    if (dropped > 0) {
      const fields = { event: "actor.writes.dropped", writes: dropped };
      log(cell, "warn", fields, "writes of a failed life were not stored");
    }
    this.#queues.interval.remove(this);
    this.#rejectHeld((messageType) => {
      const { actorId } = cell;
      const text = `${actorId} restarted before what ${messageType} has changed was stored`;
      return new DeliveryError(text, { code: ErrorCode.ReplyLost, actorId, messageType });
    });
    if (this.#waiters.length === 0) return;
    const text = `${cell.actorId} has restarted`;
    this.#rejectWaiters(new LimelightError(text, { code: ErrorCode.LifeOver }));
  }

  /** Rejects the replies that wait for no commit yet, if the end is one before which nothing more is stored. */
  ending(): void {
    const { cell } = this.#activation;
    if (mayBeStored(cell)) return;
    this.#rejectHeld((messageType) => cell.type.refusal(cell, messageType));
  }

  /** Begins no further commit. The outcome of one that is under way decides about its replies. */
  close(): void {
    const { cell } = this.#activation;
    this.#queues.interval.remove(this);
    const error = (): LimelightError => endedError(cell);
    this.#committer?.close(error);
    this.#rejectHeld((messageType) => cell.type.refusal(cell, messageType));
    if (this.#waiters.length > 0) this.#rejectWaiters(error());
  }

  /**
   * Whether everything that the held replies may depend on is stored, so that they need not wait for a round. Not
   * compared where a commit is likely to follow, which compares too.
   */
  #isStored(): boolean {
    if (this.inRound || this.#touched || this.#removal !== undefined) return false;
    if (this.#waiters.length > 0 || this.#hasWrites || this.#held.awaiting > 0) return false;
    if (this.#committer?.isBusy !== false) return false;
    const { cell, current } = this.#activation;
    return current?.state.isLikelyStored(cell.life.state) === true;
  }

  get #hasWrites(): boolean {
    return this.#writes !== undefined && this.#writes.size > 0;
  }

  #giveReplies(): void {
    this.#held.release(undefined);
    this.#spans?.dropped();
    this.#watchTasks();
  }

  /** A task may change the state without a message. */
  #watchTasks(): void {
    if ((this.#activation.cell.extrasIfAny?.tasks.size ?? 0) > 0) this.#queues.interval.add(this);
  }

  /** Begins a commit for all replies and code that wait for one. */
  #commit(): Promise<void> | undefined {
    const commit = this.#committer?.commit();
    if (commit === undefined) this.#spans?.dropped();
    this.#held.release(commit);
    this.#settleWaiters(commit);
    return commit;
  }

  #settleWaiters(commit: Promise<void> | undefined): void {
    const waiters = this.#waiters;
    if (waiters.length === 0) return;
    this.#waiters = [];
    for (const { promise, resolve } of waiters) {
      promise.catch(() => {}); // the error was reported when the commit ended
      resolve(commit);
    }
  }

  #rejectWaiters(error: Error): void {
    this.#settleWaiters(Promise.reject(error));
  }

  /** Whether what a life has in memory may be stored: it has begun, and has not failed. */
  #isOpen(): boolean {
    const { cell, destroying, hasFailed, ready } = this.#activation;
    return ready && !destroying && !hasFailed && !cell.isStopped && mayBeStored(cell);
  }

  #compose(): CommitContent | undefined {
    if (this.#removal !== undefined) return { meta: undefined, operations: this.#removal };
    const activation = this.#activation;
    const { cell, current } = activation;
    // Requested by a life that has failed meanwhile: neither it nor what its replies depend on is stored.
    if (current === undefined || activation.hasFailed) throw replyLost(cell);
    const change = current.state.change(cell.life.state);
    if (change === undefined && !this.#touched && !this.#hasWrites) return undefined;
    const meta = nextMeta(activation, this.#touched);
    const operations = recordOperations(activation, meta);
    if (change !== undefined) {
      operations.push(stateOperation(activation.owner, change.text));
    }
    const awaited = !this.#claims || change !== undefined || this.#hasWrites;
    if (this.#writes !== undefined) operations.push(...this.#writes.take());
    this.#touched = false;
    this.#claims = false;
    this.#meta = meta;
    this.#queues.interval.remove(this);
    const content = { meta: encodeMeta(meta), operations, awaited };
    return change === undefined ? content : { ...content, stateBytes: change.sizeBytes };
  }

  /** The actor stays awake for it: its end would wait for the store as well. */
  #reportSlow(ageMs: number): void {
    const { cell, holds, owner, type } = this.#activation;
    type.activationMetrics.saveIsSlow();
    if (!cell.isStopped) this.#slowHold = holds.take(AwakeReason.Internal, "save");
    const fields = {
      target_id: `${owner.type}/${owner.keyText}`,
      target_type: owner.type,
      age_ms: Math.round(ageMs),
    };
    const text = "the store has not answered a commit of a keyed actor";
    type.system.warn("actor.save.slow", owner.type, fields, text);
  }

  #ended(end: CommitEnd): void {
    const activation = this.#activation;
    this.#spans?.ended(end);
    this.#slowHold?.release();
    this.#slowHold = undefined;
    if (end.outcome !== WriteOutcome.Ok) {
      this.#failed(end);
      return;
    }
    this.#writes?.settle();
    if (this.#removal !== undefined) return;
    activation.meta = this.#meta;
    activation.claim?.born();
    activation.revision = this.#committer?.revision ?? activation.revision;
    const { stateBytes } = end.content ?? {};
    if (stateBytes !== undefined && !activation.cell.isStopped) {
      noteSize(activation.cell, stateBytes, activation.definition);
    }
    const { expiresAtMs } = this.#meta ?? {};
    if (expiresAtMs !== undefined) activation.type.residence.expires(expiresAtMs);
  }

  /** A commit that is not stored: the life goes back to what is, or ends where that is not known. */
  #failed({ outcome, error }: CommitEnd): void {
    const { cell } = this.#activation;
    this.#lost = true;
    if (cell.isStopped || error === undefined) return;
    const isOvertaken =
      outcome === WriteOutcome.Unknown ||
      (LimelightError.is(error) && error.code === ErrorCode.StateConflict);
    if (isOvertaken) {
      cell.ensureExtras().lastError = error;
      cell.stopNow(StopReason.StateConflict);
    } else if (cell.state === ActorState.Running) {
      cell.fail({ phase: FailurePhase.Save, error });
      if (goesOn(cell)) this.#goOn();
    }
  }

  /** Supervision lets the life go on, although it was not stored: the next commit contains the same changes again. */
  #goOn(): void {
    this.#writes?.restore();
    this.#activation.current?.state.loaded(undefined);
    this.#touched = true;
    this.#lost = false;
    this.#committer?.reopen(this.#committer.revision);
  }

  #rejectHeld(errorFor: (messageType: string) => Error): void {
    this.#held.reject(({ route }: HoldableAsk) => errorFor(route?.messageType ?? "event"));
  }
}
