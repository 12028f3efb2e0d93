import { PreloadResult } from "../../telemetry/attributes.ts";
import { compareKeys, lowerBound } from "../contract/key-order.ts";
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
const itself = (key: string): string => key;

function sorted(keys: readonly string[]): string[] {
  return [...new Set(keys)].toSorted(compareKeys);
}

/** Returns the keys that start with none of the others. */
function shortest(prefixes: readonly string[]): string[] {
  const kept: string[] = [];
  for (const prefix of sorted(prefixes)) {
    const last = kept.at(-1); // what starts with it follows it
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}

/**
 * The entries that were read ahead of a start, and the keys and prefixes that were asked for. Answers from memory
 * what is known, also that there is nothing.
 *
 * It never changes, so it is right only as long as nothing is written: `release` it before.
 */
export class PreloadMap {
  #entries: readonly StoredEntry[];
  #keys: readonly string[];
  /** Complete prefixes, of which none starts with another. */
  #prefixes: readonly string[];
  readonly #counts: LookupCounts;

  /** @param request what the store was asked to load; partial prefixes of `loaded` answer for what was found only */
  constructor(request: LoadRequest, loaded: Loaded, counts: LookupCounts) {
    this.#counts = counts;
    const { keys = [], prefixes = [] } = request;
    this.#entries = loaded.entries;
    this.#keys = sorted(keys);
    this.#prefixes = shortest(prefixes.filter((each) => !loaded.partialPrefixes.includes(each)));
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
    const isKnown = this.#keys[lowerBound(this.#keys, key, itself)] === key || this.#covers(key);
    return isKnown ? ABSENT : NOT_PRELOADED;
  }

  /** Whether `text` starts with a complete prefix: the last one that is not above it. */
  #covers(text: string): boolean {
    const at = lowerBound(this.#prefixes, text, itself);
    if (this.#prefixes[at] === text) return true;
    const before = this.#prefixes[at - 1];
    return before !== undefined && text.startsWith(before);
  }
}
