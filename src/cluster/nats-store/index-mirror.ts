import { Deferred } from "../../base/async/deferred.ts";
import { KeepAlive } from "../../base/clock.ts";
import type { ClusterError } from "../../base/errors.ts";
import { lowerBound } from "../../store/contract/key-order.ts";
import { SortedKeys } from "../../store/memory/sorted-keys.ts";
import type { EngineFault } from "../engine/engine.ts";
import type { JetStreamApi } from "../nats-client/jetstream-api.ts";
import { isNoMessage } from "../nats-client/nats-errors.ts";
import { noReply } from "../nats-client/pending-requests.ts";
import { type Attempts, type AttemptsParts, repeated } from "./attempts.ts";
import { isRemoval } from "./bundle-codec.ts";
import { keyAt, ownerAt } from "./home.ts";
import { MirrorFeed } from "./mirror-feed.ts";
import type { StreamNames } from "./streams.ts";

/** What an {@link IndexMirror} works with. */
export interface IndexMirrorParts extends AttemptsParts {
  readonly api: JetStreamApi;
  readonly names: StreamNames;
  /** Maximum number of keys in memory. */
  readonly maxKeys: number;
  readonly onFault: (fault: EngineFault) => void;
}

/** A note of the index, see `exceptionHome`. */
export interface MirroredNote {
  readonly sequence: number;
  /** When this process has learned of it, by its monotonic clock. */
  readonly sinceMs: number;
}

/** How long it is not tried again after there were too many keys. */
const GIVE_UP_MS = 600_000;

/**
 * The keys of the index in the memory of this process, sorted, kept current by a consumer. It begins with the first
 * listing. Due times are listed at every wake; a server sorts nothing, and would have to send all names each time.
 */
export class IndexMirror {
  readonly #parts: IndexMirrorParts;
  #sorted = new SortedKeys();
  readonly #keys = new Map<string, number>();
  #notes = new Map<string, MirroredNote>();
  /** Those from before it was begun anew. */
  #earlierNotes: ReadonlyMap<string, MirroredNote> = new Map();
  #feed: MirrorFeed | undefined;
  #ready: Deferred<void> = new Deferred<void>();
  #isReady = false;
  /** Everything up to this sequence of the stream is known. */
  #seen = 0;
  readonly #waiting = new Set<{ readonly sequence: number; readonly reached: Deferred<void> }>();
  /** Until when it is not tried again, because of too many keys. */
  #offUntilMs = Number.NEGATIVE_INFINITY;
  readonly #forget: () => void;
  #restarts = 0;

  constructor(parts: IndexMirrorParts) {
    this.#parts = parts;
    // A consumer that has survived would be followed all the same; one that has not would be waited for.
    this.#forget = parts.uplink.onChange((isConnected) => {
      if (isConnected) this.#clear();
    });
  }

  /** Whether keys are kept now. */
  get isRunning(): boolean {
    return this.#isReady;
  }

  /** Number of keys. */
  get size(): number {
    return this.#keys.size;
  }

  /** How often it was begun anew, the first time included. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Notes by the names of their actors. */
  get notes(): ReadonlyMap<string, MirroredNote> {
    return this.#notes;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /**
   * Resolves when it has everything that was acknowledged before the call.
   *
   * @returns false if there are too many keys: it has none
   * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`
   */
  current(): Promise<boolean> {
    return repeated(this.#parts, "the index", async (attempts) => {
      if (this.#isOff) return false;
      await this.#begun(attempts.timeoutMs);
      if (this.#isOff) return false;
      await this.#catchUp(attempts);
      return true;
    });
  }

  /** Returns the first keys with `prefix` after `cursor`, in order. */
  keysAfter(prefix: string, cursor: string | undefined, limit: number): readonly string[] {
    const keys: string[] = [];
    const isBefore = cursor === undefined || lowerBound([cursor], prefix, String) === 1;
    this.#sorted.visit(isBefore ? prefix : (cursor as string), (key) => {
      if (key === cursor) return true;
      if (!key.startsWith(prefix)) return false;
      keys.push(key);
      return keys.length < limit;
    });
    return keys;
  }

  stop(): void {
    this.#forget();
    this.#clear();
  }

  get #isOff(): boolean {
    return this.#parts.clock.monotonicMs() < this.#offUntilMs;
  }

  async #begun(timeoutMs: number): Promise<void> {
    if (this.#feed === undefined) {
      const feed = this.#newFeed();
      this.#feed = feed;
      this.#restarts += 1;
      try {
        await feed.start();
      } catch (thrown) {
        if (this.#feed === feed) this.#clear();
        throw thrown;
      }
      if (this.#feed !== feed) throw readAnew();
    }
    if (!this.#isReady) await this.#wait(this.#ready, timeoutMs);
  }

  #newFeed(): MirrorFeed {
    const { names } = this.#parts;
    const feed: MirrorFeed = new MirrorFeed({
      ...this.#parts,
      stream: names.index,
      message: (subject, data, sequence) => {
        if (this.#feed === feed) this.#learn(subject, data, sequence);
      },
      ready: () => {
        if (this.#feed !== feed) return;
        this.#isReady = true;
        this.#earlierNotes = new Map();
        this.#ready.resolve();
      },
      broken: (why) => {
        if (this.#feed !== feed) return;
        this.#clear();
        this.#parts.onFault({ kind: "index_renewed", text: `the index: ${why}`, error: undefined });
      },
    });
    return feed;
  }

  #learn(subject: string, data: Uint8Array, sequence: number): void {
    const local = subject.slice(this.#parts.names.prefix.length);
    const isGone = isRemoval(data);
    const key = keyAt(local);
    if (key !== undefined) this.#set(key, isGone ? undefined : sequence);
    const note = key === undefined ? ownerAt(local) : undefined;
    if (note !== undefined && isGone) this.#notes.delete(note);
    else if (note !== undefined) {
      const earlier = this.#earlierNotes.get(note);
      const sinceMs = this.#parts.clock.monotonicMs();
      this.#notes.set(note, earlier?.sequence === sequence ? earlier : { sequence, sinceMs });
    }
    this.#reach(sequence);
    if (this.#keys.size + this.#notes.size <= this.#parts.maxKeys) return;
    this.#offUntilMs = this.#parts.clock.monotonicMs() + GIVE_UP_MS;
    this.#clear();
    const text = `the index has more than ${this.#parts.maxKeys} keys, which are read from the server`;
    this.#parts.onFault({ kind: "index_too_large", text, error: undefined });
  }

  #set(key: string, sequence: number | undefined): void {
    if (sequence === undefined) {
      if (this.#keys.delete(key)) this.#sorted.remove(key);
      return;
    }
    if (!this.#keys.has(key)) this.#sorted.add(key);
    this.#keys.set(key, sequence);
  }

  #reach(sequence: number): void {
    this.#seen = Math.max(this.#seen, sequence);
    for (const wait of this.#waiting) {
      if (wait.sequence <= this.#seen) wait.reached.resolve();
    }
  }

  /** Begins anew with the next listing. */
  #clear(): void {
    this.#feed?.stop();
    this.#feed = undefined;
    this.#isReady = false;
    this.#ready.resolve(); // whoever waits looks again
    this.#ready = new Deferred<void>();
    this.#sorted = new SortedKeys();
    this.#keys.clear();
    this.#earlierNotes = this.#notes.size > 0 ? this.#notes : this.#earlierNotes;
    this.#notes = new Map();
    this.#seen = 0;
    for (const { reached } of this.#waiting) reached.resolve();
  }

  /** Waits for the messages that the stream has now. */
  async #catchUp(attempts: Attempts): Promise<void> {
    const { api, names } = this.#parts;
    const info = await api.call<{ state: { last_seq: number } }>(
      `STREAM.INFO.${names.index}`,
      {},
      attempts.timeoutMs,
    );
    const lastSequence = info.state.last_seq;
    while (this.#seen < lastSequence) {
      const next = await this.#next(attempts.timeoutMs);
      if (!this.#isReady) throw readAnew();
      if (next === undefined)
        this.#reach(lastSequence); // the messages in between were erased
      else await this.#reached(next, attempts.timeoutMs);
    }
    if (!this.#isReady) throw readAnew();
  }

  /** Returns the sequence of the next message that this process has not seen. */
  async #next(timeoutMs: number): Promise<number | undefined> {
    const { api, names } = this.#parts;
    const query = { seq: this.#seen + 1, next_by_subj: `${names.prefix}index.>` };
    try {
      return (await api.read(names.index, query, timeoutMs)).sequence;
    } catch (thrown) {
      if (isNoMessage(thrown)) return undefined;
      throw thrown;
    }
  }

  async #reached(sequence: number, timeoutMs: number): Promise<void> {
    if (this.#seen >= sequence) return;
    const wait = { sequence, reached: new Deferred<void>() };
    this.#waiting.add(wait);
    try {
      await this.#wait(wait.reached, timeoutMs);
    } finally {
      this.#waiting.delete(wait);
    }
  }

  async #wait({ promise }: Deferred<void>, timeoutMs: number): Promise<void> {
    const late = new Deferred<never>();
    const timer = this.#parts.clock.schedule(
      () => late.reject(noReply("the index", "it is not current")),
      timeoutMs,
      KeepAlive.Yes,
    );
    try {
      await Promise.race([promise, late.promise]);
    } finally {
      timer.cancel();
    }
  }
}

/** It is tried again. */
function readAnew(): ClusterError {
  return noReply("the index", "it is read anew");
}
