import { inParallel } from "../../base/async/in-parallel.ts";
import { compareKeys } from "../../store/contract/key-order.ts";
import {
  acceptListing,
  acceptLoad,
  type CheckedBatch,
  checkBatch,
  requireKey,
} from "../../store/contract/limits.ts";
import { closedError } from "../../store/contract/outcomes.ts";
import {
  type BatchResult,
  type EntryPage,
  type KeyPage,
  type ListOptions,
  type Loaded,
  type LoadRequest,
  type Store,
  type StoredEntry,
  WriteKind,
  type WriteOperation,
  type WriteOptions,
} from "../../store/contract/store.ts";
import { JetStreamApi } from "../nats-client/jetstream-api.ts";
import type { Uplink } from "../nats-client/uplink.ts";
import { deletionOf, homeOfPrefix, planBatch } from "./batch-plan.ts";
import { BatchWriter } from "./batch-writer.ts";
import { type Bundle, itemOf, itemsUnder } from "./bundle.ts";
import { BundleCache } from "./bundle-cache.ts";
import { type Home, keyIn, locate } from "./home.ts";
import { HomeApi } from "./home-api.ts";
import { IndexMirror } from "./index-mirror.ts";
import { NameList } from "./name-list.ts";
import { Pages } from "./pages.ts";
import { acceptSettings, type NatsStoreSettings, type StoreSettings } from "./settings.ts";
import { ensureStreams, streamOf } from "./streams.ts";
import { Sweeper, type SweeperCounts } from "./sweeper.ts";
import { WriteIds, WriteOrder } from "./write-order.ts";

/** How long servers that are not ready to create streams are waited for. */
const CREATE_MS = 10_000;
/** Headers count as a part of a message. */
const HEADER_BYTES = 512;
/** Entries that a load reads at once where it reads several actors. */
const ENTRIES_AT_ONCE = 1_000;
/** Homes that one load reads at a time. */
const MAX_READS = 32;

/**
 * Keeps entries in two streams of NATS JetStream, so that several processes can use them.
 *
 * All records of an actor are one message; a write replaces it if it is still the one that was read. A batch is therefore
 * atomic for the records of one actor. Due times, expiries and names of files that it also writes are messages of their
 * own, written before and deleted after the records; a batch over several actors is refused. `load` reads each actor as
 * of one moment, and several actors as of several. The connection stays the caller's.
 */
export class NatsStore implements Store {
  readonly #maxValueBytes: number;
  readonly #cache = new BundleCache();
  readonly #ids = new WriteIds();
  readonly #homes: HomeApi;
  readonly #mirror: IndexMirror;
  readonly #pages: Pages;
  readonly #sweeper: Sweeper;
  readonly #writer: BatchWriter;
  readonly #order = new WriteOrder();
  readonly #reads = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  private constructor(parts: StoreParts) {
    const { api, uplink, names, clock, luck, onFault } = parts;
    this.#maxValueBytes = parts.maxValueBytes;
    const lists = new NameList(parts);
    this.#homes = new HomeApi({
      ...parts,
      writeId: () => this.#ids.next(),
      maxMessageBytes: () => uplink.maxPayloadBytes - HEADER_BYTES,
      stored: (home, sequence) => this.#sweeper.stored(home, sequence),
    });
    this.#mirror = new IndexMirror(parts);
    this.#sweeper = new Sweeper({
      clock,
      luck,
      onFault,
      homes: this.#homes,
      mirror: this.#mirror,
      names: lists,
      lastSequence: async (stream) => {
        const name = `STREAM.INFO.${streamOf(names, stream)}`;
        const info = await api.call<{ state: { last_seq: number } }>(name, {});
        return info.state.last_seq;
      },
    });
    this.#pages = new Pages({
      mirror: this.#mirror,
      names: lists,
      read: (home) => this.#homes.read(home),
    });
    this.#writer = new BatchWriter({
      homes: this.#homes,
      cache: this.#cache,
      removed: (removal) => this.#sweeper.add(removal),
      onFault,
    });
  }

  /**
   * Opens the store of a namespace; creates its streams if they are not there.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`
   * @throws {@link ClusterError} `ERR_ENGINE_CONFIG` when a stream exists that is not what is needed, or cannot be created;
   *   `ERR_ENGINE_UNAVAILABLE`
   */
  static async open(uplink: Uplink, settings: NatsStoreSettings): Promise<NatsStore> {
    const accepted = acceptSettings(settings);
    const { names, limits, clock, requestTimeoutMs } = accepted;
    const api = new JetStreamApi(uplink, requestTimeoutMs);
    const untilMs = clock.monotonicMs() + CREATE_MS;
    await ensureStreams(names, limits, { api, clock, untilMs });
    return new NatsStore({ ...accepted, api, uplink });
  }

  /** What was erased of removed homes, and what waits for it. */
  get swept(): SweeperCounts {
    return this.#sweeper.counts;
  }

  /** Returns the entry of `key`, or `undefined` if there is none. */
  async get(key: string): Promise<StoredEntry | undefined> {
    requireKey(key);
    return await this.#reading(async () => {
      const { home, item } = locate(key);
      const found = itemOf(await this.#read(home), item);
      return found === undefined ? undefined : entryOf(home, found);
    });
  }

  /** Reads several keys and whole prefixes. All of one actor is as of one moment. */
  async load(request: LoadRequest): Promise<Loaded> {
    const accepted = acceptLoad(request);
    return await this.#reading(() => this.#load(accepted));
  }

  /** Returns a page of the entries whose keys start with `prefix`. */
  async list(prefix: string, options: ListOptions = {}): Promise<EntryPage> {
    const limit = acceptListing(prefix, options);
    return await this.#reading(() => {
      return this.#pages.entries({ prefix, cursor: options.cursor, limit });
    });
  }

  /**
   * Returns a page of the keys that start with `prefix`. A page after the first one of a listing of actors may have names
   * that are two seconds old.
   */
  async listKeys(prefix: string, options: ListOptions = {}): Promise<KeyPage> {
    const limit = acceptListing(prefix, options);
    return await this.#reading(() => {
      return this.#pages.keys({ prefix, cursor: options.cursor, limit });
    });
  }

  /** Writes `value`, which is copied at once. Returns its revision. */
  async put(key: string, value: Uint8Array, options: WriteOptions = {}): Promise<number> {
    return (await this.batch([{ ...options, kind: WriteKind.Put, key, value }])).revision;
  }

  /** Removes `key`. Returns whether it was there. */
  async delete(key: string, options: WriteOptions = {}): Promise<boolean> {
    return (await this.batch([{ ...options, kind: WriteKind.Delete, key }])).deleted > 0;
  }

  /** Removes all entries whose keys start with `prefix`, one actor or key after the other. Returns their number. */
  async deletePrefix(prefix: string): Promise<number> {
    return (await this.batch([{ kind: WriteKind.DeletePrefix, prefix }])).deleted;
  }

  /**
   * Performs all operations, or none of them. They may concern one actor, or one other key, and any due times and
   * expiries.
   *
   * @throws {@link UsageError} `ERR_STORE_SPLIT_BATCH` if they concern more
   */
  async batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    const batch = copied(checkBatch(operations, this.#maxValueBytes));
    if (this.#closed !== undefined) throw closedError();
    const [only] = batch.operations;
    if (only?.kind === WriteKind.DeletePrefix && batch.operations.length === 1) {
      const { prefix } = only;
      if (homeOfPrefix(prefix) === undefined) {
        return await this.#order.runAlone(batch, () => this.#deleteEverywhere(prefix));
      }
    }
    const plan = planBatch(batch.operations);
    const subjects = plan.index.map(({ home }) => home.subject);
    if (plan.main !== undefined) subjects.push(plan.main.home.subject);
    return await this.#order.run(batch, subjects, () => this.#writer.write(plan));
  }

  /** Waits for what is under way. Further calls reject with `ERR_STORE_CLOSED`. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /**
   * Erases what processes that have ended have left of removed homes: what was there at the last call, and is unchanged.
   * Done from time to time by itself.
   */
  async sweepLeftovers(): Promise<void> {
    await this.#reading(() => this.#sweeper.sweepLeftovers());
  }

  async #close(): Promise<void> {
    await this.#order.close();
    await Promise.allSettled(this.#reads);
    await this.#sweeper.close();
    this.#mirror.stop();
  }

  async #reading<Result>(read: () => Promise<Result>): Promise<Result> {
    if (this.#closed !== undefined) throw closedError();
    const reading = read();
    this.#reads.add(reading);
    try {
      return await reading;
    } finally {
      this.#reads.delete(reading);
    }
  }

  /** Reads a home, and keeps what it holds for the next write. */
  async #read(home: Home): Promise<Bundle> {
    const bundle = await this.#homes.read(home);
    this.#cache.keep(home.subject, bundle);
    return bundle;
  }

  async #load({ keys, prefixes, maxBytes }: Required<LoadRequest>): Promise<Loaded> {
    const located = keys.map(locate);
    const homes = prefixes.map(homeOfPrefix);
    const bundles = await this.#readAll([...located.map(({ home }) => home), ...homes]);
    const collected = new CollectedEntries(maxBytes);
    for (const [at, prefix] of prefixes.entries()) {
      const home = homes[at];
      const bundle = home === undefined ? undefined : bundles.get(home.subject);
      if (home === undefined || bundle === undefined) await this.#collect(prefix, collected);
      else collected.addUnder(prefix, entriesUnder(home, bundle, prefix));
    }
    for (const { home, item } of located) {
      const entry = itemOf(bundles.get(home.subject) as Bundle, item);
      if (entry !== undefined) collected.add(entryOf(home, entry));
    }
    return collected.loaded;
  }

  /** Collects the entries of a prefix that several actors or keys may have. */
  async #collect(prefix: string, collected: CollectedEntries): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await this.#pages.entries({ prefix, cursor, limit: ENTRIES_AT_ONCE });
      if (!collected.addUnder(prefix, page.entries)) return;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** Reads homes, each once. */
  async #readAll(homes: readonly (Home | undefined)[]): Promise<ReadonlyMap<string, Bundle>> {
    const different = new Map<string, Home>();
    for (const home of homes) if (home !== undefined) different.set(home.subject, home);
    const bundles = new Map<string, Bundle>();
    await inParallel(MAX_READS, [...different.values()], async (home) => {
      bundles.set(home.subject, await this.#read(home));
    });
    return bundles;
  }

  async #deleteEverywhere(prefix: string): Promise<BatchResult> {
    let [revision, deleted] = [1, 0];
    await inParallel(MAX_READS, await this.#pages.homes(prefix), async (home) => {
      const operations = [deletionOf(home, prefix)];
      const result = await this.#writer.write({
        main: { home, operations, conditions: [] },
        index: [],
      });
      revision = Math.max(revision, result.revision);
      deleted += result.deleted;
    });
    return { revision, deleted };
  }
}

/** What a load has found so far. */
class CollectedEntries {
  readonly #found = new Map<string, StoredEntry>();
  readonly #partialPrefixes: string[] = [];
  #leftBytes: number;

  constructor(maxBytes: number) {
    this.#leftBytes = maxBytes;
  }

  get loaded(): Loaded {
    const entries = [...this.#found.values()];
    if (entries.length > 1) entries.sort((one, other) => compareKeys(one.key, other.key));
    return { entries, partialPrefixes: this.#partialPrefixes };
  }

  add(entry: StoredEntry): void {
    this.#found.set(entry.key, entry);
  }

  /** Adds entries of a prefix. Returns false if there is no room for all of them. */
  addUnder(prefix: string, entries: Iterable<StoredEntry>): boolean {
    for (const entry of entries) {
      const { key, value } = entry;
      this.#leftBytes -= this.#found.has(key) ? 0 : key.length + value.byteLength;
      if (this.#leftBytes < 0) {
        this.#partialPrefixes.push(prefix);
        return false;
      }
      this.#found.set(key, entry);
    }
    return true;
  }
}

function* entriesUnder(home: Home, bundle: Bundle, prefix: string): Generator<StoredEntry> {
  const rest = prefix.slice(2 + home.name.length); // without the section and the name of the actor
  for (const item of itemsUnder(bundle, `${prefix[0]}${rest}`)) yield entryOf(home, item);
}

interface StoreParts extends StoreSettings {
  readonly api: JetStreamApi;
  readonly uplink: Uplink;
}

function entryOf(home: Home, { item, value, revision }: Bundle["items"][number]): StoredEntry {
  return { key: keyIn(home, item), value: new Uint8Array(value), revision };
}

/** Returns a batch whose values share no memory with the caller. Not by `slice`: that of a Buffer is a view. */
function copied({ operations, sizeBytes }: CheckedBatch): CheckedBatch {
  const copies = operations.map((operation) =>
    operation.kind === WriteKind.Put
      ? { ...operation, value: new Uint8Array(operation.value) }
      : operation,
  );
  return { operations: copies, sizeBytes };
}
