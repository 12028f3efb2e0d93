import type { KeyListRow } from "../../wire/keys.ts";
import type { DataSource, KeysRequest } from "./data-source.ts";

/** Keys of a page. */
const PAGE = 100;
/** Keys of the largest page that a console returns. */
const MAX_PAGE = 1_000;
/** A page may be empty although others follow it. So many are read in one go. */
const MAX_EMPTY_PAGES = 10;

/** The keys that have been read so far. */
export interface LoadedKeys {
  readonly rows: readonly KeyListRow[];
  /** Where the next page begins; `null` when all keys have been read. */
  readonly cursor: string | null;
  /** Why the last page could not be read; `null` without a problem. */
  readonly problem: string | null;
}

/** Which keys are wanted. */
export type KeysWanted = Omit<KeysRequest, "cursor" | "limit">;

/** Keys of one page, and where the next one begins. */
type Page = Omit<LoadedKeys, "problem">;

/** Reads a list of keys page by page. Only one page is read at a time. */
export class KeyPager {
  readonly #source: Pick<DataSource, "keys">;
  readonly #wanted: KeysWanted;
  readonly #onChange: (loaded: LoadedKeys) => void;
  #loaded: LoadedKeys | null = null;
  #reading = false;

  constructor(
    source: Pick<DataSource, "keys">,
    wanted: KeysWanted,
    onChange: (loaded: LoadedKeys) => void,
  ) {
    this.#source = source;
    this.#wanted = wanted;
    this.#onChange = onChange;
  }

  /** Reads the first keys again, as many as are known. Those beyond the largest page stay as they are. */
  async refresh(): Promise<void> {
    const known = this.#loaded;
    const limit = Math.min(MAX_PAGE, Math.max(PAGE, known?.rows.length ?? 0));
    await this.#read("", limit, (page) => {
      const rest = known?.rows.slice(MAX_PAGE) ?? [];
      return rest.length === 0 || known === null
        ? page
        : { rows: joined(page.rows, rest), cursor: known.cursor };
    });
  }

  /** Reads the next page, if there is one. */
  async more(): Promise<void> {
    const known = this.#loaded;
    if (known === null || known.cursor === null) return;
    await this.#read(known.cursor, PAGE, ({ rows, cursor }) => ({
      rows: joined(known.rows, rows),
      cursor,
    }));
  }

  async #read(from: string, limit: number, merge: (page: Page) => Page): Promise<void> {
    if (this.#reading || this.#wanted.type === "") return;
    this.#reading = true;
    const page = await this.#nextPage(from, limit);
    this.#reading = false;
    const before = this.#loaded ?? { rows: [], cursor: null };
    this.#loaded =
      typeof page === "string" ? { ...before, problem: page } : { ...merge(page), problem: null };
    this.#onChange(this.#loaded);
  }

  /** Returns the next page that is not empty, or the problem. */
  async #nextPage(from: string, limit: number): Promise<Page | string> {
    let cursor = from;
    for (let pages = 1; ; pages += 1) {
      const answer = await this.#source.keys({ ...this.#wanted, cursor, limit });
      if (answer.value === null) return answer.problem;
      const { keys, cursor: next } = answer.value;
      const enough = keys.length > 0 || pages === MAX_EMPTY_PAGES;
      if (next === null || enough) return { rows: keys, cursor: next };
      cursor = next;
    }
  }
}

/** Appends rows. A key that is already there is not repeated. */
function joined(rows: readonly KeyListRow[], more: readonly KeyListRow[]): readonly KeyListRow[] {
  const known = new Set(rows.map(({ id }) => id));
  return [...rows, ...more.filter(({ id }) => !known.has(id))];
}
