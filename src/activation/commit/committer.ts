import { Deferred } from "../../base/async/deferred.ts";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import { ErrorCode, LimelightError, StoreError, toError } from "../../base/errors.ts";
import { WriteOutcome, writeOutcome } from "../../store/contract/outcomes.ts";
import { type Store, WriteKind, type WriteOperation } from "../../store/contract/store.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import { commitError, isRetried } from "./commit-errors.ts";
import type { CommitWatch, WatchedCommit } from "./commit-watch.ts";

/** What one commit writes. */
export interface CommitContent {
  /** The record of the actor; `undefined` removes it, as the last commit of the actor. */
  readonly meta: Uint8Array | undefined;
  /** Everything else. */
  readonly operations: readonly WriteOperation[];
  /** Size of the state, if the commit contains it, in bytes. */
  readonly stateBytes?: number;
  /**
   * Whether replies must wait for the commit. Default `true`; `false` for one that only counts an activation, which
   * changes nothing that a reply can show.
   */
  readonly awaited?: boolean;
}

/** How a commit has ended. */
export interface CommitEnd {
  readonly outcome: WriteOutcome;
  /** `ERR_SAVE_FAILED`, `ERR_SAVE_UNKNOWN`, `ERR_STATE_CONFLICT`, or what `compose` has thrown; absent if it is stored. */
  readonly error?: Error;
  /** `undefined` if `compose` has thrown. */
  readonly content: CommitContent | undefined;
  readonly durationMs: number;
  /** How often the batch was sent. */
  readonly attempts: number;
}

/** Options of a {@link Committer}. */
export interface CommitterOptions {
  readonly store: Pick<Store, "batch">;
  /** Key of the actor's record, whose revision is that of the actor. */
  readonly metaKey: string;
  /** Revision of the record that was read; `ABSENT` for a new actor. */
  readonly revision: number;
  /** Id of the actor, for errors. */
  readonly who: string;
  readonly clock: Clock;
  /** From 0 to 1, for the delays of repeated writes. Default `Math.random`. */
  readonly luck?: () => number;
  /**
   * Returns what is to be stored now; `undefined` if nothing has changed. Called at the beginning of a commit, never
   * while another is under way. What it throws is the error of the commit.
   */
  readonly compose: () => CommitContent | undefined;
  /** Called when a commit has begun, before its batch is sent. */
  readonly begun?: (content: CommitContent) => void;
  /**
   * Called when a commit has ended, before its promise settles. It must not throw. After an error the committer is
   * broken: the caller either ends the activation, or reads what is stored and calls `reopen`.
   */
  readonly ended: (end: CommitEnd) => void;
  /** Watches for commits that are not answered. Default: they are waited for. */
  readonly watch?: Pick<CommitWatch, "add" | "remove">;
  /** Called when the commit under way takes long, before it has ended. It must not throw. */
  readonly slow?: (ageMs: number) => void;
}

const RETRY = { initialMs: 50, factor: 2, maxMs: 1_000, jitter: 0.2 };
/** How long a refused write is repeated. */
const RETRY_FOR_MS = 5_000;

/** A commit that has begun. */
class SentCommit implements WatchedCommit {
  readonly content: CommitContent;
  readonly startedMs: number;
  /** Settles when it has ended; when it was given up, before the store has answered. */
  readonly answer: Deferred<void> = new Deferred<void>();
  readonly slow: (ageMs: number) => void;
  readonly giveUp: (ageMs: number) => void;
  isSlow = false;
  /** How often the batch was sent. */
  attempts = 0;
  /** Whether its end was reported, so that what the store answers later has no effect. */
  isOver = false;

  constructor(
    content: CommitContent,
    startedMs: number,
    { slow, giveUp }: Pick<WatchedCommit, "slow" | "giveUp">,
  ) {
    this.content = content;
    this.startedMs = startedMs;
    this.slow = slow;
    this.giveUp = giveUp;
  }
}

/**
 * Stores what one activation has changed. One commit is under way; changes during it are collected by the next one.
 *
 * Each batch begins with the record of the actor and expects the revision that the last one has given it, so an
 * activation that was overtaken can write nothing more. A batch that the store refuses because it is overloaded or
 * unavailable is sent again for five seconds; the outcome of any other error is final. A batch that is never answered is
 * given up at the deadline of the watch: its outcome is unknown then.
 */
export class Committer {
  readonly #options: CommitterOptions;
  #revision: number;
  #underWay: SentCommit | undefined;
  /** Settles when the store has answered the batch that was sent last. */
  #sending: Promise<void> | undefined;
  /** Number of batches that the store has not answered, those that were given up included. */
  #unanswered = 0;
  /** A commit that was requested while another is under way. */
  #next: Deferred<void> | undefined;
  /** The error of the last commit, because of which no further one begins. */
  #failure: Error | undefined;
  /** Creates the error of commits after `close`. */
  #closing: (() => Error) | undefined;
  /** Ends the wait before a batch is sent again. */
  #endWait: (() => void) | undefined;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#revision = options.revision;
  }

  /** Whether a commit is under way. */
  get isBusy(): boolean {
    return this.#underWay !== undefined;
  }

  /** Whether the store has answered everything that was sent, so that {@link Committer.whenSettled} has nothing to wait for. */
  get isSettled(): boolean {
    return this.#unanswered === 0;
  }

  /** Whether a commit was requested that has not begun. */
  get isRequested(): boolean {
    return this.#next !== undefined;
  }

  /** Revision of the actor's record after the last commit that is known to be stored. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Stores what has changed so far. While a commit is under way, the next one begins after it; all requests until then
   * share it.
   *
   * @returns a promise that rejects with the error of the commit; `undefined` if there is nothing to wait for: no commit
   *   is under way, and nothing has changed or what has changed is not awaited
   */
  commit(): Promise<void> | undefined {
    const commit = this.#broken === undefined ? this.#request() : Promise.reject(this.#broken);
    commit?.catch(ignore); // `ended` reports the error, also where no caller waits
    return commit;
  }

  /**
   * Resolves once no commit is under way or requested, whatever their outcomes. One that was given up is still under way
   * until the store has answered it.
   */
  async whenSettled(): Promise<void> {
    let last: Promise<void> | undefined;
    while (last !== this.#sending) {
      last = this.#sending;
      await last;
    }
  }

  /**
   * Accepts commits again after a failed one, or after a restart of the actor. Must not be called while one is under
   * way.
   *
   * @param revision of the record as it was read again
   */
  reopen(revision: number): void {
    if (this.#closing !== undefined) return;
    this.#failure = undefined;
    this.#revision = revision;
  }

  /**
   * Begins no further commit: those that were requested reject. A batch that was sent is not affected; its outcome
   * decides. It is not sent again.
   *
   * @param error creates the error of further commits; called only if there are any, since most activations end without
   */
  close(error: () => Error): void {
    this.#closing ??= error;
    this.#endWait?.();
    if (this.#next !== undefined) this.#rejectNext(error());
  }

  /** Why no further commit begins: the last one has failed, or `close` was called. */
  get #broken(): Error | undefined {
    if (this.#closing !== undefined) this.#failure ??= this.#closing();
    return this.#failure;
  }

  #request(): Promise<void> | undefined {
    if (this.#underWay === undefined) return this.#begin();
    this.#next ??= new Deferred<void>();
    return this.#next.promise;
  }

  #begin(): Promise<void> | undefined {
    const startedMs = this.#options.clock.monotonicMs();
    let content: CommitContent | undefined;
    try {
      content = this.#options.compose();
    } catch (thrown) {
      const parts = { content, startedMs, attempts: 0 };
      return Promise.reject(this.#fail(toError(thrown), WriteOutcome.Rejected, parts));
    }
    if (content === undefined) return undefined;
    this.#options.begun?.(content);
    const sent = new SentCommit(content, startedMs, {
      slow: (ageMs) => this.#options.slow?.(ageMs),
      giveUp: (ageMs) => this.#giveUp(sent, ageMs),
    });
    this.#underWay = sent;
    this.#options.watch?.add(sent);
    this.#unanswered += 1;
    this.#sending = this.#write(sent);
    const { promise } = sent.answer;
    promise.catch(ignore); // `ended` reports the error
    return content.awaited === false ? undefined : promise;
  }

  /** Never rejects. */
  async #write(sent: SentCommit): Promise<void> {
    const operations = [this.#metaOperation(sent.content), ...sent.content.operations];
    try {
      for (;;) {
        sent.attempts += 1;
        try {
          const { revision } = await this.#options.store.batch(operations);
          if (sent.content.meta !== undefined) requireRevision(revision);
          if (!sent.isOver) this.#succeed(sent, revision);
          return;
        } catch (thrown) {
          if (!sent.isOver && isRetried(thrown) && (await this.#mayRetry(sent))) continue;
          if (!sent.isOver) this.#failSent(sent, thrown);
          return;
        }
      }
    } finally {
      this.#unanswered -= 1;
      this.#options.watch?.remove(sent);
    }
  }

  /** The answer is not waited for any longer. A removal is, since everything after it depends on whether it is done. */
  #giveUp(sent: SentCommit, ageMs: number): void {
    if (sent.isOver || sent.content.meta === undefined) return;
    const text = `the store has not answered a write for ${Math.round(ageMs)} ms`;
    this.#failSent(sent, new StoreError(text, { code: ErrorCode.StoreUnknownOutcome }));
    this.#endWait?.();
  }

  /** The fence: a batch takes effect only if no one else has written the record. */
  #metaOperation({ meta }: CommitContent): WriteOperation {
    const { metaKey: key } = this.#options;
    const expectedRevision = this.#revision;
    if (meta === undefined) return { kind: WriteKind.Delete, key, expectedRevision };
    return { kind: WriteKind.Put, key, value: meta, expectedRevision };
  }

  #succeed(sent: SentCommit, revision: number): void {
    const { content, startedMs, attempts } = sent;
    const durationMs = this.#options.clock.monotonicMs() - startedMs;
    sent.isOver = true;
    this.#revision = revision;
    this.#underWay = undefined;
    try {
      this.#options.ended({ outcome: WriteOutcome.Ok, content, durationMs, attempts });
    } finally {
      if (content.meta === undefined) this.close(() => this.#removedError());
      this.#beginNext();
      sent.answer.resolve();
    }
  }

  #failSent(sent: SentCommit, thrown: unknown): void {
    const { content, startedMs, attempts } = sent;
    const error = commitError(this.#options.who, thrown);
    sent.isOver = true;
    this.#underWay = undefined;
    const outcome = writeOutcome(thrown);
    try {
      this.#fail(error, outcome, { content, startedMs, attempts });
    } finally {
      sent.answer.reject(error);
    }
  }

  #fail(
    error: Error,
    outcome: WriteOutcome,
    parts: {
      readonly content: CommitContent | undefined;
      readonly startedMs: number;
      readonly attempts: number;
    },
  ): Error {
    const { content, startedMs, attempts } = parts;
    const durationMs = this.#options.clock.monotonicMs() - startedMs;
    this.#failure ??= error;
    try {
      this.#options.ended({ outcome, error, content, durationMs, attempts });
    } finally {
      this.#rejectNext(error);
    }
    return error;
  }

  #beginNext(): void {
    const next = this.#next;
    // `ended` may have begun the next commit, which ends here too.
    if (next === undefined || this.#underWay !== undefined) return;
    this.#next = undefined;
    const commit = this.#broken === undefined ? this.#begin() : Promise.reject(this.#broken);
    if (commit === undefined) next.resolve();
    else commit.then(next.resolve, next.reject);
  }

  #rejectNext(error: Error): void {
    this.#next?.reject(error);
    this.#next = undefined;
  }

  /** Waits before a batch is sent again. Returns whether it still may be. */
  async #mayRetry(sent: SentCommit): Promise<boolean> {
    const { startedMs, attempts } = sent;
    const { clock, luck = Math.random } = this.#options;
    const delayMs = backoffDelayMs(RETRY, attempts, luck());
    if (this.#closing !== undefined || clock.monotonicMs() + delayMs > startedMs + RETRY_FOR_MS)
      return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.schedule(resolve, delayMs, KeepAlive.Yes);
    this.#endWait = resolve;
    await promise;
    this.#endWait = undefined;
    timer.cancel();
    return this.#closing === undefined && !sent.isOver;
  }

  #removedError(): LimelightError {
    return new LimelightError(`${this.#options.who} was destroyed`, {
      code: ErrorCode.ActorDestroyed,
    });
  }
}

/** Checks the revision of a batch. Without one the next commit would have no fence. */
function requireRevision(revision: unknown): void {
  if (Number.isSafeInteger(revision)) return;
  const text = "the store has acknowledged a batch without its revision";
  throw new StoreError(text, { code: ErrorCode.StoreUnknownOutcome });
}

function ignore(): void {}
