import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { numberOption } from "../../base/options.ts";
import { type Store, WriteKind } from "../../store/contract/store.ts";
import type {
  ConsumeOptions,
  Consumption,
  Log,
  LogMessage,
  LogReadOptions,
  StoredMessage,
} from "../engine/log.ts";
import { isUnknownOutcome } from "../engine/outcomes.ts";
import { requirePrefix, requireTokens, startsWithTokens } from "../engine/tokens.ts";
import { asEngineCall, requireSize, toEngineError } from "./engine-errors.ts";
import { LogConsumer, type Member } from "./log-consumer.ts";
import { type IndexRow, LogIndex } from "./log-index.ts";
import { decodeRow, encodeRow, type MessageRow } from "./message-row.ts";

/** What a log holds. */
export interface LogLimits {
  readonly maxMessages: number;
  readonly maxPerSubject: number;
  /** Older messages are deleted, and counted by `onDropped`. */
  readonly maxAgeMs: number;
  /** Whether the oldest message goes when the log is full; a full log refuses messages otherwise. */
  readonly dropsOldest: boolean;
}

/** What a log needs. */
export interface StoreLogParts extends LogLimits {
  readonly store: Store;
  /** What the keys of its rows start with. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly maxBytes: number;
  /** Returns the next number; it is never used again, also not after a restart. */
  readonly nextSequence: () => Promise<number> | number;
  readonly onFault: (kind: string, text: string, error: Error | undefined) => void;
}

/** A consumer of a log in a store, at work. */
export interface StoreConsumption extends Consumption {
  /** Ends the deliveries as the death of its process does: what it has not answered is in flight until its time is over. */
  abandon(): void;
}

const DIGITS = 16;
const PAGE = 1_000;
const MAX_READ = 256;
const SWEEP_MS = 60_000;

interface Appended {
  readonly sequence: number;
  readonly isDuplicate: boolean;
}

/** A log in rows of a store, with an index and the state of its consumers in memory. */
export class StoreLog implements Log {
  readonly #parts: StoreLogParts;
  readonly #index = new LogIndex();
  readonly #consumers = new Map<string, LogConsumer>();
  readonly #removals = new Map<string, ClockTimer>();
  readonly #appends = new Map<string, Promise<Appended>>();
  /** Rows that a write of unknown outcome may have stored, by the ids of their messages. */
  readonly #doubtful = new Map<string, string>();
  #sweep: ClockTimer | undefined;

  constructor(parts: StoreLogParts) {
    this.#parts = parts;
  }

  /** Reads what is stored. */
  async load(): Promise<void> {
    const { store, prefix } = this.#parts;
    let cursor: string | undefined;
    do {
      const page = await store.list(prefix, {
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { key, value } of page.entries) {
        const { id, subject, storedAtMs } = decodeRow(key, value);
        this.#index.add({ sequence: Number(key.slice(prefix.length)), id, subject, storedAtMs });
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    this.#sweepLater();
  }

  async append(message: LogMessage): Promise<Appended> {
    requireTokens("subject", message.subject);
    const headerBytes = JSON.stringify(message.headers).length;
    requireSize(
      `the message ${message.id}`,
      headerBytes + message.body.byteLength,
      this.#parts.maxBytes,
    );
    const underWay = this.#appends.get(message.id);
    if (underWay !== undefined) return { ...(await underWay), isDuplicate: true };
    const known = this.#index.withId(message.id, this.#parts.clock.epochMs());
    if (known !== undefined) return { sequence: known.sequence, isDuplicate: true };
    const append = this.#append({
      ...message,
      body: new Uint8Array(message.body),
      storedAtMs: this.#parts.clock.epochMs(),
    });
    this.#appends.set(message.id, append);
    try {
      return await append;
    } finally {
      this.#appends.delete(message.id);
    }
  }

  async consume(options: ConsumeOptions): Promise<StoreConsumption> {
    requirePrefix("filter", options.filter);
    const { name } = options;
    this.#requireNoOverlap(options);
    let consumer = this.#consumers.get(name);
    if (consumer === undefined) {
      consumer = this.#newConsumer(options);
      this.#consumers.set(name, consumer);
    }
    this.#removals.get(name)?.cancel();
    const member: Member = { options };
    consumer.join(member);
    if (options.replays === true) consumer.replay();
    return this.#consumptionOf(consumer, member);
  }

  async read(options: LogReadOptions): Promise<readonly StoredMessage[]> {
    const { filter, subject: only, after = 0, limit } = options;
    requirePrefix("filter", filter);
    if (only !== undefined) requireTokens("subject", only);
    const most = numberOption("limit", limit, MAX_READ, { min: 1, max: MAX_READ, integer: true });
    const rows = this.#index.after(after, most, ({ subject }) =>
      only === undefined ? startsWithTokens(subject, filter) : subject === only,
    );
    return await asEngineCall(this.#fetch(rows.map(({ sequence }) => sequence)));
  }

  async delete(sequence: number): Promise<void> {
    if (this.#index.row(sequence) === undefined) return;
    await asEngineCall(this.#parts.store.delete(this.#keyOf(sequence)));
    this.#forget(sequence);
  }

  async purge(filter: string): Promise<number> {
    requirePrefix("filter", filter);
    let purged = 0;
    for (;;) {
      const rows = this.#index.after(0, PAGE, ({ subject }) => startsWithTokens(subject, filter));
      if (rows.length === 0) return purged;
      purged += await this.#remove(rows);
    }
  }

  async state(): Promise<{ readonly messages: number; readonly oldestAtMs: number | undefined }> {
    return { messages: this.#index.size, oldestAtMs: this.#index.oldest?.storedAtMs };
  }

  /** Ends all deliveries and timers. */
  end(): void {
    this.#sweep?.cancel();
    for (const timer of this.#removals.values()) timer.cancel();
    for (const consumer of this.#consumers.values()) consumer.end();
    this.#consumers.clear();
  }

  async #append(row: MessageRow): Promise<Appended> {
    await this.#makeRoom(row.subject);
    const sequence = await this.#parts.nextSequence();
    const key = this.#keyOf(sequence);
    const doubtful = this.#doubtful.get(row.id);
    try {
      await asEngineCall(
        this.#parts.store.batch([
          ...(doubtful === undefined ? [] : [{ kind: WriteKind.Delete, key: doubtful }]),
          { kind: WriteKind.Put, key, value: encodeRow(row) },
        ]),
      );
    } catch (error) {
      if (isUnknownOutcome(error) && doubtful === undefined) this.#doubtful.set(row.id, key);
      throw error;
    }
    this.#doubtful.delete(row.id);
    const { id, subject, storedAtMs } = row;
    this.#index.add({ sequence, id, subject, storedAtMs });
    this.#consumerOf(subject)?.offer(sequence);
    return { sequence, isDuplicate: false };
  }

  async #makeRoom(subject: string): Promise<void> {
    const { maxMessages, maxPerSubject, dropsOldest, onFault } = this.#parts;
    const perSubject = this.#index.countOf(subject);
    if (this.#index.size < maxMessages && perSubject < maxPerSubject) return;
    if (!dropsOldest) {
      throw new ClusterError(
        `the log holds ${this.#index.size} messages, ${perSubject} of the subject ${subject}`,
        { code: ErrorCode.EngineFull },
      );
    }
    const isOfSubject = (row: IndexRow): boolean =>
      perSubject < maxPerSubject || row.subject === subject;
    const dropped = await this.#remove(this.#index.after(0, 1, isOfSubject));
    onFault("log_overflow", `${dropped} oldest messages were dropped for new ones`, undefined);
  }

  #requireNoOverlap({ name, filter }: ConsumeOptions): void {
    for (const [other, consumer] of this.#consumers) {
      const isSame = consumer.filter === filter;
      const overlaps =
        isSame ||
        startsWithTokens(consumer.filter, filter) ||
        startsWithTokens(filter, consumer.filter);
      if (other === name ? isSame : !overlaps) continue;
      throw new ClusterError(
        `the filter ${filter} of the consumer ${name} overlaps with that of ${other}`,
        { code: ErrorCode.EngineConflict },
      );
    }
  }

  #newConsumer(options: ConsumeOptions): LogConsumer {
    const consumer = new LogConsumer(
      {
        clock: this.#parts.clock,
        fetch: (sequences) => this.#fetch(sequences),
        delete: (sequence) => this.delete(sequence),
        missing: (sequence) => {
          this.#forget(sequence);
          this.#parts.onFault("log_row_missing", "a stored message is gone", undefined);
        },
        failed: (error) =>
          this.#parts.onFault("log_unreadable", "a log could not be read", toEngineError(error)),
      },
      options,
    );
    const { filter } = options;
    const rows = this.#index.after(0, Infinity, ({ subject }) => startsWithTokens(subject, filter));
    for (const { sequence } of rows) consumer.offer(sequence);
    return consumer;
  }

  #consumptionOf(consumer: LogConsumer, member: Member): StoreConsumption {
    const { name, keepForMs } = member.options;
    const isThere = (): boolean => this.#consumers.get(name) === consumer;
    const removeLater = (): void => {
      if (keepForMs === undefined || consumer.hasMembers || !isThere()) return;
      this.#removals.get(name)?.cancel();
      const remove = (): void => this.#removeConsumer(name, consumer);
      this.#removals.set(name, this.#parts.clock.schedule(remove, keepForMs, KeepAlive.No));
    };
    return {
      replay: async () => {
        if (isThere()) consumer.replay();
      },
      stop: async () => {
        consumer.leave(member);
        removeLater();
      },
      abandon: () => {
        consumer.abandon(member);
        removeLater();
      },
      delete: async () => {
        consumer.leave(member);
        this.#removeConsumer(name, consumer);
      },
    };
  }

  #removeConsumer(name: string, consumer: LogConsumer): void {
    if (this.#consumers.get(name) !== consumer) return;
    this.#removals.get(name)?.cancel();
    this.#removals.delete(name);
    this.#consumers.delete(name);
    consumer.end();
  }

  /** The consumer whose filter has this subject. Filters do not overlap, so there is one at most. */
  #consumerOf(subject: string): LogConsumer | undefined {
    for (const consumer of this.#consumers.values()) {
      if (startsWithTokens(subject, consumer.filter)) return consumer;
    }
    return undefined;
  }

  async #fetch(sequences: readonly number[]): Promise<readonly StoredMessage[]> {
    const keys = sequences.map((sequence) => this.#keyOf(sequence));
    const { entries } = await this.#parts.store.load({ keys });
    return entries.map(({ key, value }) => {
      const { subject, headers, body, storedAtMs } = decodeRow(key, value);
      const sequence = Number(key.slice(this.#parts.prefix.length));
      return { subject, headers, body, sequence, storedAtMs };
    });
  }

  async #remove(rows: readonly IndexRow[]): Promise<number> {
    const kind = WriteKind.Delete;
    const operations = rows.map(({ sequence }) => ({ kind, key: this.#keyOf(sequence) }));
    await asEngineCall(this.#parts.store.batch(operations));
    let removed = 0;
    for (const { sequence } of rows) removed += this.#forget(sequence) ? 1 : 0;
    return removed;
  }

  #forget(sequence: number): boolean {
    const row = this.#index.remove(sequence);
    if (row !== undefined) this.#consumerOf(row.subject)?.forget(sequence);
    return row !== undefined;
  }

  #keyOf(sequence: number): string {
    return this.#parts.prefix + String(sequence).padStart(DIGITS, "0");
  }

  #sweepLater(): void {
    const sweep = (): void => void this.#dropOld().finally(() => this.#sweepLater());
    this.#sweep = this.#parts.clock.schedule(sweep, SWEEP_MS, KeepAlive.No);
  }

  async #dropOld(): Promise<void> {
    const { clock, maxAgeMs, onFault } = this.#parts;
    const limitMs = clock.epochMs() - maxAgeMs;
    try {
      const old = this.#index.after(0, PAGE, ({ storedAtMs }) => storedAtMs < limitMs);
      if (old.length === 0) return;
      const dropped = await this.#remove(old);
      onFault("log_expired", `${dropped} messages were too old and were dropped`, undefined);
    } catch (error) {
      onFault("log_expired", "old messages could not be dropped", toEngineError(error));
    }
  }
}
