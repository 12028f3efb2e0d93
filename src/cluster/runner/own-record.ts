import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import { decodeRunner, encodeRunner } from "../codec/runner-codec.ts";
import { type KeyValue, NO_ENTRY } from "../engine/key-value.ts";
import { resolveWrite, type WriteResolver } from "../engine/resolve-write.ts";
import { wait } from "../engine/wait.ts";
import { type RunnerRecord, RunnerStatus } from "../protocol/runner-record.ts";
import { isHopeless } from "./failures.ts";
import type { RunnerObserver } from "./runner-observer.ts";

const RETRIES = { initialMs: 200, factor: 2, maxMs: 5_000, jitter: 0.5 };

/** What an {@link OwnRecord} works with. */
export interface OwnRecordParts {
  readonly runners: KeyValue;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  readonly observer: RunnerObserver;
  /** Called once when others have decided that the runner is gone. */
  readonly lost: () => void;
}

/** The fields of a runner's record that change. */
export type RecordChange = Partial<Pick<RunnerRecord, "status" | "types">>;

/**
 * The record of this runner. Changes are written one after another, the latest only, and repeated until they are stored: what
 * is wanted is known at once, what is stored follows.
 */
export class OwnRecord {
  readonly #parts: OwnRecordParts;
  readonly #signal: AbortSignal;
  #wanted: RunnerRecord;
  #written: RunnerRecord | undefined;
  #revision = NO_ENTRY;
  #mayExist = false;
  #writing: Promise<void> | undefined;

  /** @param signal ends all writes when aborted */
  constructor(parts: OwnRecordParts, record: RunnerRecord, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    this.#wanted = record;
  }

  /** What was wanted last. */
  get wanted(): RunnerRecord {
    return this.#wanted;
  }

  /** Whether the record was created. */
  get exists(): boolean {
    return this.#revision !== NO_ENTRY;
  }

  /** Whether there may be a record with this id that is of this runner. */
  get mayExist(): boolean {
    return this.#mayExist;
  }

  /**
   * Creates the record, and repeats that until it is stored.
   *
   * Rejects with `ERR_NAME_TAKEN` if there is a record with this id, with `ERR_ABORTED`, or as the codec does.
   */
  async create(): Promise<void> {
    const { runnerId } = this.#wanted;
    const { runners } = this.#parts;
    const record = this.#wanted;
    const value = encodeRunner(record);
    this.#mayExist = true;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const write = { key: runnerId, value, expectedRevision: NO_ENTRY };
        // Without a deadline: an attempt of unknown outcome must not look like a record of someone else later.
        const options = { ...this.#resolver(), deadlineMs: Infinity };
        this.#revision = await resolveWrite(runners, write, options);
        this.#written = record;
        return;
      } catch (error) {
        if (isCode(error, ErrorCode.EngineConflict)) {
          this.#mayExist = false; // the other one must not be touched
          throw taken(runnerId, error);
        }
        if (isHopeless(error)) throw error;
        await this.#pause("record could not be created", error, attempt);
      }
    }
  }

  #resolver(): WriteResolver {
    const { clock, luck, observer } = this.#parts;
    return { clock, luck, signal: this.#signal, resolved: (what) => observer.writeResolved(what) };
  }

  /** Has a change written. */
  change(change: RecordChange): void {
    const changed = { ...this.#wanted, ...change };
    this.#wanted =
      change.status === undefined
        ? changed
        : { ...changed, changedAtMs: this.#parts.clock.epochMs() };
    if (this.#written !== undefined) void this.stored().catch(() => {}); // reported where it failed
  }

  /** Resolves when what was wanted last is stored; rejects with `ERR_ABORTED`, or `ERR_RUNNER_LOST` if others know better. */
  async stored(): Promise<void> {
    while (this.#written !== this.#wanted) {
      this.#writing ??= this.#write().finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  async #write(): Promise<void> {
    const { runners } = this.#parts;
    for (let attempt = 1; this.#written !== this.#wanted; ) {
      const record = this.#wanted;
      const { runnerId } = record;
      try {
        const value = encodeRunner(record);
        const write = { key: runnerId, value, expectedRevision: this.#revision };
        this.#revision = await resolveWrite(runners, write, this.#resolver());
        this.#written = record;
        attempt = 1;
      } catch (error) {
        if (isHopeless(error)) throw error;
        if (isCode(error, ErrorCode.EngineConflict) && (await this.#readAgain())) continue;
        await this.#pause("record could not be written", error, attempt);
        attempt += 1;
      }
    }
  }

  /**
   * Learns the revision after a conflict. Returns whether the write can be tried again at once.
   *
   * @throws ClusterError `ERR_RUNNER_LOST` if others have decided that this runner is gone
   */
  async #readAgain(): Promise<boolean> {
    const { runners } = this.#parts;
    const { runnerId } = this.#wanted;
    let isGone = true;
    try {
      const entry = await runners.read(runnerId);
      if (entry !== undefined) {
        const { status } = decodeRunner(entry.value);
        isGone = status === RunnerStatus.Lost || status === RunnerStatus.Left;
        this.#revision = entry.revision;
      }
    } catch (error) {
      this.#parts.observer.failed("record could not be read", error);
      return false;
    }
    if (!isGone) return true; // an earlier write of ours was stored late
    this.#parts.lost();
    throw new ClusterError(`${runnerId} was declared lost`, {
      code: ErrorCode.RunnerLost,
      runnerId,
    });
  }

  async #pause(what: string, error: unknown, attempt: number): Promise<void> {
    const { clock, luck, observer } = this.#parts;
    if (!this.#signal.aborted) {
      observer.failed(what, error);
      await wait(clock, backoffDelayMs(RETRIES, attempt, luck()), this.#signal);
    }
    if (!this.#signal.aborted) return;
    const { runnerId } = this.#wanted;
    throw new ClusterError(`${runnerId} has left`, { code: ErrorCode.Aborted, runnerId });
  }
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return LimelightError.is(error) && error.code === code;
}

function taken(runnerId: string, cause: unknown): ClusterError {
  return new ClusterError(`there is a runner with the id ${runnerId} already`, {
    code: ErrorCode.NameTaken,
    runnerId,
    cause,
  });
}
