import { lowerBound } from "./sorted-numbers.ts";

/** What is kept in memory of a stored message. Its body stays in the store. */
export interface IndexRow {
  readonly sequence: number;
  readonly id: string;
  readonly subject: string;
  readonly storedAtMs: number;
}

/** Two messages of the same id are one within this time. */
const DUPLICATE_WINDOW_MS = 120_000;
/** Ids that are kept of messages that are gone. Beyond it, the oldest are forgotten before their time. */
const MAX_IDS = 200_000;

/** The messages of a log in their order, by subject and by id. */
export class LogIndex {
  readonly #rows = new Map<number, IndexRow>();
  readonly #sequences: number[] = [];
  readonly #perSubject = new Map<string, number>();
  /** Also those of messages that were acknowledged, oldest first. */
  readonly #ids = new Map<string, IndexRow>();

  get size(): number {
    return this.#rows.size;
  }

  get oldest(): IndexRow | undefined {
    const [first] = this.#sequences;
    return first === undefined ? undefined : this.#rows.get(first);
  }

  row(sequence: number): IndexRow | undefined {
    return this.#rows.get(sequence);
  }

  /** Number of messages of exactly this subject. */
  countOf(subject: string): number {
    return this.#perSubject.get(subject) ?? 0;
  }

  /** Returns the message that was stored under this id within the window. */
  withId(id: string, nowMs: number): IndexRow | undefined {
    const row = this.#ids.get(id);
    return row !== undefined && nowMs - row.storedAtMs < DUPLICATE_WINDOW_MS ? row : undefined;
  }

  add(row: IndexRow): void {
    this.#rows.set(row.sequence, row);
    this.#sequences.splice(lowerBound(this.#sequences, row.sequence), 0, row.sequence);
    this.#perSubject.set(row.subject, this.countOf(row.subject) + 1);
    this.#ids.delete(row.id);
    this.#ids.set(row.id, row);
    this.#forget(row.storedAtMs);
  }

  remove(sequence: number): IndexRow | undefined {
    const row = this.#rows.get(sequence);
    if (row === undefined) return undefined;
    this.#rows.delete(sequence);
    this.#sequences.splice(lowerBound(this.#sequences, sequence), 1);
    const left = this.countOf(row.subject) - 1;
    if (left === 0) this.#perSubject.delete(row.subject);
    else this.#perSubject.set(row.subject, left);
    return row;
  }

  /** Returns the messages after a number that `isWanted`, in order, at most `limit`. */
  after(sequence: number, limit: number, isWanted: (row: IndexRow) => boolean): IndexRow[] {
    const found: IndexRow[] = [];
    let at = lowerBound(this.#sequences, sequence + 1);
    for (; at < this.#sequences.length && found.length < limit; at += 1) {
      const row = this.#rows.get(this.#sequences[at] as number);
      if (row !== undefined && isWanted(row)) found.push(row);
    }
    return found;
  }

  #forget(nowMs: number): void {
    for (const [id, { storedAtMs }] of this.#ids) {
      if (nowMs - storedAtMs < DUPLICATE_WINDOW_MS && this.#ids.size <= MAX_IDS) return;
      this.#ids.delete(id);
    }
  }
}
