import { inParallel } from "../../base/async/in-parallel.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { pageOf } from "../engine/key-order.ts";
import {
  type KeyValue,
  type KeyValueCondition,
  type KeyValueEntry,
  type KeyValueListener,
  type KeyValuePage,
  NO_ENTRY,
  type Watch,
} from "../engine/key-value.ts";
import { requirePrefix, requireTokens } from "../engine/tokens.ts";
import type { JetStreamApi, RawMessage } from "../nats-client/jetstream-api.ts";
import { isNoMessage, readError, writeError } from "../nats-client/nats-errors.ts";
import { isMarker, MARKER_HEADERS, MarkerSweep } from "./markers.ts";
import { NatsWatch, type WatchParts } from "./nats-watch.ts";
import { keyPrefix } from "./stream-plan.ts";

/** Reads of one list that are under way at a time. */
const READS_AT_ONCE = 128;
/** Subjects that a server tells at once. */
const MAX_SUBJECT_PAGES = 10_000;
/** An expiry, a removal or the end of a removal's marker may come between the read and the write of a creation. */
const CREATE_ATTEMPTS = 3;
const NOTHING = new Uint8Array();

/** What a bucket needs. */
export interface KeyValueParts extends Omit<WatchParts, "stream" | "subjectPrefix" | "markerMet"> {
  readonly api: JetStreamApi;
  readonly clock: Clock;
}

interface SubjectsAnswer {
  readonly total?: number;
  readonly state: {
    readonly last_seq: number;
    readonly subjects?: Readonly<Record<string, number>>;
  };
}

/**
 * A bucket: a stream that keeps the last message of each key. All reads are of the leader, as copies may be behind, and let
 * entries expire at different times. A removal writes a marker, for watches, which is deleted a while later.
 */
export class NatsKeyValue implements KeyValue {
  readonly #parts: KeyValueParts;
  readonly #api: JetStreamApi;
  readonly #stream: string;
  readonly #prefix: string;
  readonly #sweep: MarkerSweep;

  constructor(stream: string, parts: KeyValueParts) {
    this.#parts = parts;
    this.#api = parts.api;
    this.#stream = stream;
    this.#prefix = `${keyPrefix(stream.slice("KV_".length))}.`;
    this.#sweep = new MarkerSweep(stream, parts);
  }

  async read(key: string): Promise<KeyValueEntry | undefined> {
    requireTokens("key", key);
    const message = await this.#readLast(key);
    return message === undefined ? undefined : this.#toEntry(message);
  }

  async put(key: string, value: Uint8Array, condition: KeyValueCondition = {}): Promise<number> {
    requireTokens("key", key);
    const { expectedRevision } = condition;
    if (expectedRevision === NO_ENTRY) return await this.#create(key, value);
    return await this.#store(key, value, {}, expectedRevision);
  }

  async remove(key: string, condition: KeyValueCondition = {}): Promise<void> {
    requireTokens("key", key);
    const { expectedRevision } = condition;
    if (expectedRevision === NO_ENTRY) {
      const entry = await this.read(key);
      if (entry !== undefined) throw conflict(key);
      return;
    }
    try {
      // Without a condition, a marker of a key that is not there does no harm.
      this.#sweep.add(await this.#store(key, NOTHING, MARKER_HEADERS, expectedRevision));
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== ErrorCode.EngineFull) throw error;
      await this.#delete(key, expectedRevision, error);
    }
  }

  async list(prefix: string, page: KeyValuePage = {}): Promise<readonly KeyValueEntry[]> {
    requirePrefix("prefix of keys", prefix);
    const { after, limit = Number.POSITIVE_INFINITY } = page;
    const names = (await this.#keys(prefix)).map((key) => ({ key }));
    const keys = pageOf(names, after === undefined ? {} : { after });
    const entries: KeyValueEntry[] = [];
    // Keys that were removed are among them: as many more are read as are missing.
    for (let from = 0; from < keys.length && entries.length < limit; ) {
      const next = keys.slice(from, from + limit - entries.length);
      entries.push(...(await this.#readAll(next)));
      from += next.length;
    }
    return entries;
  }

  /** Returns what there is under some keys, in their order. */
  async #readAll(keys: readonly { readonly key: string }[]): Promise<readonly KeyValueEntry[]> {
    const found = await inParallel(READS_AT_ONCE, keys, async ({ key }) => {
      const message = await this.#readLast(key);
      const entry = message && this.#toEntry(message);
      if (message !== undefined && entry === undefined) this.#sweep.addLeftover(message);
      return entry;
    });
    return found.filter((entry) => entry !== undefined);
  }

  async watch(prefix: string, listener: KeyValueListener): Promise<Watch> {
    requirePrefix("prefix of keys", prefix);
    const watch = new NatsWatch(prefix, listener, {
      ...this.#parts,
      stream: this.#stream,
      subjectPrefix: this.#prefix,
      markerMet: (marker) => this.#sweep.addMet(marker),
    });
    await watch.begin();
    return watch;
  }

  /** Ends the sweep. */
  close(): void {
    this.#sweep.stop();
  }

  /** Removes a key without a marker, which watches learn when they begin anew: the bucket has no space for one. */
  async #delete(
    key: string,
    expectedRevision: number | undefined,
    full: ClusterError,
  ): Promise<void> {
    const sequence = expectedRevision ?? (await this.#readLast(key))?.sequence;
    if (sequence === undefined) return;
    const last = await this.#lastSequence();
    if (sequence > last) throw conflict(key);
    if (sequence === last) throw full; // the last message of a stream must stay: see MarkerSweep
    try {
      // Only the last message of a key is there: this one, if nothing was written since.
      const request = { seq: sequence, no_erase: true };
      await this.#api.call(`STREAM.MSG.DELETE.${this.#stream}`, request);
    } catch (error) {
      if (!isNoMessage(error)) throw writeError(`key ${key}`, error);
      if (expectedRevision !== undefined) throw conflict(key);
    }
  }

  /** A key that was removed has a marker for a while, whose sequence is expected then. */
  async #create(key: string, value: Uint8Array): Promise<number> {
    let expected = NO_ENTRY;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#store(key, value, {}, expected);
      } catch (error) {
        if (!isConflict(error) || attempt === CREATE_ATTEMPTS) throw error;
        const last = await this.#readLast(key);
        if (last !== undefined && !isMarker(last)) throw error;
        expected = last?.sequence ?? NO_ENTRY;
      }
    }
  }

  async #store(
    key: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    expectedSequence: number | undefined,
  ): Promise<number> {
    const stream = this.#stream;
    const subject = this.#prefix + key;
    try {
      const message = { stream, subject, headers, body, expectedSequence };
      return (await this.#api.store(message)).sequence;
    } catch (error) {
      throw writeError(`key ${key}`, error);
    }
  }

  async #readLast(key: string): Promise<RawMessage | undefined> {
    try {
      return await this.#api.read(this.#stream, { last_by_subj: this.#prefix + key });
    } catch (error) {
      if (isNoMessage(error)) return undefined;
      throw readError(`key ${key}`, error);
    }
  }

  async #lastSequence(): Promise<number> {
    return (await this.#subjects(`${this.#prefix}none`, 0)).state.last_seq;
  }

  /** Returns all keys below a prefix, also removed ones. */
  async #keys(prefix: string): Promise<string[]> {
    const filter = `${this.#prefix}${prefix === "" ? "" : `${prefix}.`}>`;
    const keys: string[] = [];
    for (let page = 0; page < MAX_SUBJECT_PAGES; page += 1) {
      const { total = 0, state } = await this.#subjects(filter, keys.length);
      const subjects = Object.keys(state.subjects ?? {});
      for (const subject of subjects) keys.push(subject.slice(this.#prefix.length));
      if (subjects.length === 0 || keys.length >= total) break;
    }
    return keys;
  }

  async #subjects(filter: string, offset: number): Promise<SubjectsAnswer> {
    const request = { subjects_filter: filter, offset };
    try {
      return await this.#api.call<SubjectsAnswer>(`STREAM.INFO.${this.#stream}`, request);
    } catch (error) {
      throw readError(`keys of ${this.#stream}`, error);
    }
  }

  #toEntry(message: RawMessage): KeyValueEntry | undefined {
    if (isMarker(message)) return undefined;
    const { subject, sequence, body } = message;
    return { key: subject.slice(this.#prefix.length), value: body, revision: sequence };
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof ClusterError && error.code === ErrorCode.EngineConflict;
}

function conflict(key: string): ClusterError {
  return new ClusterError(`key ${key}: it has another revision`, {
    code: ErrorCode.EngineConflict,
  });
}
