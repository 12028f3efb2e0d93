import { PreloadResult } from "../../telemetry/attributes.ts";
import { lowerBound } from "../contract/key-order.ts";
import type { Loaded, LoadRequest, StoredEntry } from "../contract/store.ts";

/** What a {@link PreloadMap} says about a key. */
export type PreloadAnswer =
  | { readonly result: typeof PreloadResult.Found; readonly entry: StoredEntry }
  | { readonly result: typeof PreloadResult.Absent }
  | { readonly result: typeof PreloadResult.NotPreloaded };

/** Counts the answers of a {@link PreloadMap}; `StorageMetrics` does. */
export interface LookupCounts {
  lookup(result: PreloadResult): void;
}

const ABSENT: PreloadAnswer = { result: PreloadResult.Absent };
const NOT_PRELOADED: PreloadAnswer = { result: PreloadResult.NotPreloaded };

const keyOf = ({ key }: StoredEntry): string => key;

/**
 * The entries that were read ahead of a start, and the keys and prefixes that were asked for. Answers from memory
 * what is known, also that there is nothing.
 *
 * It never changes, so it is right only as long as nothing is written: `release` it before.
 */
export class PreloadMap {
  #entries: readonly StoredEntry[];
  #keys: readonly string[];
  /** The prefixes that were loaded completely. A start asks for few keys and prefixes, so they are not sorted. */
  #prefixes: readonly string[];
  readonly #counts: LookupCounts;

  /** @param request what the store was asked to load; partial prefixes of `loaded` answer for what was found only */
  constructor(request: LoadRequest, loaded: Loaded, counts: LookupCounts) {
    this.#counts = counts;
    const { keys = [], prefixes = [] } = request;
    const { entries, partialPrefixes } = loaded;
    this.#entries = entries;
    this.#keys = keys;
    this.#prefixes =
      partialPrefixes.length === 0
        ? prefixes
        : prefixes.filter((each) => !partialPrefixes.includes(each));
  }

  /** Number of entries; 0 after the release. */
  get size(): number {
    return this.#entries.length;
  }

  get(key: string): PreloadAnswer {
    const answer = this.#find(key);
    this.#counts.lookup(answer.result);
    return answer;
  }

  /**
   * Returns the entries whose keys start with `prefix`, in order; `undefined` when they are not all known. A prefix
   * is known if a prefix of it was loaded completely.
   */
  list(prefix: string): readonly StoredEntry[] | undefined {
    if (!this.#covers(prefix)) {
      this.#counts.lookup(PreloadResult.NotPreloaded);
      return undefined;
    }
    const start = lowerBound(this.#entries, prefix, keyOf);
    let end = start;
    while (this.#entries[end]?.key.startsWith(prefix) === true) end += 1;
    this.#counts.lookup(end > start ? PreloadResult.Found : PreloadResult.Absent);
    return this.#entries.slice(start, end);
  }

  /** Forgets everything. All later answers are that nothing was loaded. */
  release(): void {
    this.#entries = [];
    this.#keys = [];
    this.#prefixes = [];
  }

  #find(key: string): PreloadAnswer {
    const entry = this.#entries[lowerBound(this.#entries, key, keyOf)];
    if (entry?.key === key) return { result: PreloadResult.Found, entry };
    return this.#keys.includes(key) || this.#covers(key) ? ABSENT : NOT_PRELOADED;
  }

  /** Whether `text` starts with a complete prefix. */
  #covers(text: string): boolean {
    return this.#prefixes.some((prefix) => text.startsWith(prefix));
  }
}
