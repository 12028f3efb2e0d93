import { ErrorCode, LimelightError, UsageError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";
import { numberOption, optionKeys, requireKnownKeys } from "../../base/options.ts";
import type { Store } from "../../store/contract/store.ts";
import { WriteKind } from "../../store/contract/store.ts";
import type { KeyedValue, PendingWrites } from "../commit/pending-writes.ts";
import type { ActorKv, KvListOptions, KvPage } from "../definition/storage-types.ts";
import { kvKey, kvPrefix, type Owner } from "../records/record-keys.ts";
import { decodeValue, storableText } from "../records/state-text.ts";

const MAX_KEY_BYTES = 1_024;
const MAX_VALUE_BYTES: number = 1024 * 1024;
const MAX_SHOWN = 70;
const DEFAULT_PAGE = 100;
const PAGE = { min: 1, max: 1_000, integer: true };
const OPTIONS = optionKeys<KvListOptions>({ cursor: true, limit: true });

function shown(key: string): string {
  return key.length > MAX_SHOWN ? `${quote(key.slice(0, MAX_SHOWN))}…` : quote(key);
}

function invalidKey(text: string): UsageError {
  return new UsageError(text, { code: ErrorCode.InvalidKey });
}

/** Checks a prefix or cursor, which may be empty. */
function requireText(text: unknown): asserts text is string {
  if (typeof text !== "string")
    throw invalidKey(`a key of c.kv must be a string, not ${typeof text}`);
  if (!text.isWellFormed()) {
    throw invalidKey(`key ${shown(text)} of c.kv has half a surrogate pair, which has no bytes`);
  }
  // Counting the bytes of a text of any length takes time; its units are a lower bound.
  const sizeBytes = text.length > MAX_KEY_BYTES ? text.length : Buffer.byteLength(text);
  if (sizeBytes <= MAX_KEY_BYTES) return;
  throw invalidKey(`key ${shown(text)} of c.kv has more than ${MAX_KEY_BYTES} bytes`);
}

function requireKey(key: unknown): asserts key is string {
  requireText(key);
  if (key === "") throw invalidKey("a key of c.kv must not be empty");
}

export interface KvParts {
  readonly owner: Owner;
  readonly store: Pick<Store, "get" | "list">;
  readonly writes: PendingWrites;
  /** Whether nothing is stored under the owner, so that the store need not be asked. */
  readonly isEmpty: () => boolean;
  /** Called after each write. */
  readonly changed: () => void;
}

/** The values of one life of an actor: what is stored, with the writes that are not yet. */
export class LifeKv implements ActorKv {
  readonly #parts: KvParts;
  readonly #prefix: string;
  #hasWritten = false;
  #isOver = false;

  constructor(parts: KvParts) {
    this.#parts = parts;
    this.#prefix = kvPrefix(parts.owner);
  }

  async get<Value = unknown>(key: string): Promise<Value | undefined> {
    requireKey(key);
    this.#requireLife();
    const { store, writes, owner } = this.#parts;
    const stored = kvKey(owner, key);
    const write = writes.get(stored);
    if (write !== undefined) {
      return write.kind === WriteKind.Put ? this.#valueOf<Value>(write) : undefined;
    }
    const entry = this.#isEmpty() ? undefined : await store.get(stored);
    return entry === undefined ? undefined : this.#valueOf<Value>(entry);
  }

  put(key: string, value: unknown): void {
    requireKey(key);
    this.#requireLife();
    const { text } = storableText(value, { root: "value", maxBytes: MAX_VALUE_BYTES });
    this.#parts.writes.put(kvKey(this.#parts.owner, key), Buffer.from(text));
    this.#written();
  }

  delete(key: string): void {
    requireKey(key);
    this.#requireLife();
    this.#parts.writes.delete(kvKey(this.#parts.owner, key));
    this.#written();
  }

  async list<Value = unknown>(prefix = "", options: KvListOptions = {}): Promise<KvPage<Value>> {
    requireText(prefix);
    requireKnownKeys("`c.kv.list`", options, OPTIONS);
    if (options.cursor !== undefined) requireText(options.cursor);
    const limit = numberOption("limit", options.limit, DEFAULT_PAGE, PAGE);
    this.#requireLife();
    const after = options.cursor === undefined ? undefined : this.#prefix + options.cursor;
    const { entries, more } = await this.#read(this.#prefix + prefix, after, limit);
    const shownEntries = entries.slice(0, limit);
    const last = shownEntries.at(-1);
    const hasMore = more !== undefined || entries.length > limit;
    const cursor = entries.length > limit ? last?.key : more;
    return {
      entries: shownEntries.map((entry) => [this.#userKey(entry.key), this.#valueOf<Value>(entry)]),
      cursor: hasMore && cursor !== undefined ? this.#userKey(cursor) : undefined,
    };
  }

  /** Ends with the life of the actor. */
  close(): void {
    this.#isOver = true;
  }

  /** Reads a page of the store with the writes that are not stored. It may have more entries than `limit`. */
  async #read(
    prefix: string,
    after: string | undefined,
    limit: number,
  ): Promise<{ readonly entries: readonly KeyedValue[]; readonly more: string | undefined }> {
    const { store, writes } = this.#parts;
    if (this.#isEmpty()) return { entries: writes.overlay([], { prefix, after }), more: undefined };
    const earlier = writes.unstored();
    const page = await store.list(
      prefix,
      after === undefined ? { limit } : { limit, cursor: after },
    );
    const range = { prefix, after, upTo: page.cursor };
    return { entries: writes.overlay(page.entries, range, earlier), more: page.cursor };
  }

  /** After the first write, the records that the start has read say nothing any more. */
  #isEmpty(): boolean {
    return !this.#hasWritten && this.#parts.isEmpty();
  }

  #written(): void {
    this.#hasWritten = true;
    this.#parts.changed();
  }

  #userKey(key: string): string {
    return key.slice(this.#prefix.length);
  }

  /** The type is the user's promise; a copy, since each read parses the text. */
  #valueOf<Value>({ key, value }: KeyedValue): Value {
    return decodeValue(key, value) as Value;
  }

  #requireLife(): void {
    if (!this.#isOver) return;
    throw new LimelightError("this c.kv is of a life of the actor that has ended", {
      code: ErrorCode.LifeOver,
    });
  }
}
