import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";

/** A commit that was sent and has not been answered. */
export interface WatchedCommit {
  /** When it began, on the monotonic clock. */
  readonly startedMs: number;
  /** Whether it was reported. Written only by {@link CommitWatch}. */
  isSlow: boolean;
  /** Reports that it takes long. Called at most once. */
  slow(ageMs: number): void;
  /** Gives up waiting for its answer. Called at most once, after `slow`. */
  giveUp(ageMs: number): void;
}

/** How long commits may take. */
interface CommitLimits {
  /** A commit that takes longer is reported, in milliseconds. */
  readonly slowSaveMs: number;
  /** The answer of a commit is not waited for any longer, in milliseconds. `Infinity`: without an end. */
  readonly saveDeadlineMs: number;
}

/** Commits that become due shortly after each other share a run of the timer: this share of `slowSaveMs`. */
const COARSENESS = 0.1;

/**
 * Watches the commits of a system that have not been answered. There is one timer for all of them; while no commit is
 * under way for long, it fires at most once in `slowSaveMs`.
 */
export class CommitWatch {
  readonly #clock: Clock;
  readonly #slowMs: number;
  readonly #deadlineMs: number;
  readonly #onFault: (error: unknown) => void;
  /** In the order in which they began. */
  readonly #commits = new Set<WatchedCommit>();
  #timer: ClockTimer | undefined;
  #closed = false;

  /** @param onFault receives what a commit has thrown, which is a fault of the runtime */
  constructor(
    clock: Clock,
    { slowSaveMs, saveDeadlineMs }: CommitLimits,
    onFault: (error: unknown) => void,
  ) {
    this.#clock = clock;
    this.#slowMs = Math.min(slowSaveMs, saveDeadlineMs);
    this.#deadlineMs = saveDeadlineMs;
    this.#onFault = onFault;
  }

  /** Number of commits that are watched. */
  get size(): number {
    return this.#commits.size;
  }

  /** Watches a commit that has just begun. */
  add(commit: WatchedCommit): void {
    if (this.#closed) return;
    this.#commits.add(commit);
    // The timer is left armed when the commit is answered: to set one for each commit would cost more.
    if (this.#timer === undefined) this.#arm(this.#slowMs);
  }

  /** Watches a commit no longer, because it was answered. */
  remove(commit: WatchedCommit): void {
    this.#commits.delete(commit);
  }

  /** Gives up all commits that were not answered, and watches nothing any more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    for (const commit of this.#commits) this.#giveUp(commit, nowMs - commit.startedMs);
  }

  #arm(delayMs: number): void {
    this.#timer = this.#clock.schedule(() => this.#check(), delayMs, KeepAlive.No);
  }

  #check(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const commit of this.#commits) {
      const ageMs = nowMs - commit.startedMs;
      if (ageMs < this.#slowMs) {
        nextMs = Math.min(nextMs, this.#slowMs - ageMs);
        break; // those behind it are younger
      }
      this.#report(commit, ageMs);
      if (ageMs < this.#deadlineMs) nextMs = Math.min(nextMs, this.#deadlineMs - ageMs);
    }
    if (this.#closed || nextMs === Number.POSITIVE_INFINITY) return;
    this.#arm(Math.max(nextMs, this.#slowMs * COARSENESS));
  }

  #report(commit: WatchedCommit, ageMs: number): void {
    if (!commit.isSlow) {
      commit.isSlow = true;
      this.#attempt(() => commit.slow(ageMs));
    }
    if (ageMs >= this.#deadlineMs) this.#giveUp(commit, ageMs);
  }

  #giveUp(commit: WatchedCommit, ageMs: number): void {
    this.#commits.delete(commit);
    this.#attempt(() => commit.giveUp(ageMs));
  }

  #attempt(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#onFault(error);
    }
  }
}
