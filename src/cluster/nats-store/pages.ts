import { ErrorCode, LimelightError, StoreError } from "../../base/errors.ts";
import { compareKeys, lowerBound } from "../../store/contract/key-order.ts";
import { MAX_PAGE_BYTES } from "../../store/contract/limits.ts";
import {
  ABSENT,
  type EntryPage,
  type KeyPage,
  type StoredEntry,
} from "../../store/contract/store.ts";
import { homeOfPrefix } from "./batch-plan.ts";
import type { Bundle, BundleItem } from "./bundle.ts";
import {
  BIRTH_ITEM,
  type Home,
  keyIn,
  locate,
  META_ITEM,
  recordsHome,
  SECTIONS,
  SINGLE_SECTIONS,
} from "./home.ts";
import type { IndexMirror } from "./index-mirror.ts";
import type { NameList, OwnerNames } from "./name-list.ts";

/** What {@link Pages} work with. */
export interface PagesParts {
  readonly mirror: IndexMirror;
  readonly names: NameList;
  /** Reads a home from its leader. */
  readonly read: (home: Home) => Promise<Bundle>;
}

/** Which page to return. */
export interface PageQuery {
  readonly prefix: string;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Homes that are read before their turn comes. */
const READ_AHEAD = 16;

/** Keys that are taken from the mirror at once. */
const KEYS_AT_ONCE = 257;
/** How often a page is read, because the mirror was begun anew. */
const MAX_ATTEMPTS = 3;

/** A part of a listing whose keys follow each other. */
interface Block {
  /** Its first key, or what all its keys start with. */
  readonly place: string;
  readonly home: Home;
  /** Whether `place` is its only key and is there, so that listings of keys need not read it. */
  readonly isSure: boolean;
  /** Whether it is one of many records of actors. */
  readonly isOfMany: boolean;
}

/** Pages of keys and entries, in the order of their bytes. */
export class Pages {
  readonly #parts: PagesParts;

  constructor(parts: PagesParts) {
    this.#parts = parts;
  }

  entries(query: PageQuery): Promise<EntryPage> {
    return this.#repeated(() => this.#entryPage(query));
  }

  keys(query: PageQuery): Promise<KeyPage> {
    return this.#repeated(() => this.#keyPage(query));
  }

  /** Returns the homes of all keys with `prefix`. */
  homes(prefix: string): Promise<readonly Home[]> {
    return this.#repeated(async () => {
      const homes = new Map<string, Home>();
      const query = { prefix, cursor: undefined, limit: Number.POSITIVE_INFINITY };
      for (const { home } of await this.#blocks(query)) homes.set(home.subject, home);
      return [...homes.values()];
    });
  }

  /** Reads again if the mirror was begun anew meanwhile. */
  async #repeated<Result>(read: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await read();
      } catch (thrown) {
        if (!(thrown instanceof MirrorLost) || attempt === MAX_ATTEMPTS) throw thrown;
      }
    }
  }

  async #entryPage(query: PageQuery): Promise<EntryPage> {
    const entries: StoredEntry[] = [];
    let sizeBytes = 0;
    const blocks = await this.#blocks(query);
    for await (const found of ahead(blocks, (block) => this.#entriesIn(block, query))) {
      for (const entry of found) {
        const last = entries.at(-1);
        if (last !== undefined && (entries.length === query.limit || sizeBytes >= MAX_PAGE_BYTES)) {
          return { entries, cursor: last.key };
        }
        sizeBytes += entry.key.length + entry.value.byteLength;
        entries.push({ ...entry, value: new Uint8Array(entry.value) });
      }
    }
    return { entries, cursor: undefined };
  }

  async #keyPage(query: PageQuery): Promise<KeyPage> {
    const keys: string[] = [];
    const keysIn = async (block: Block): Promise<readonly string[]> => {
      if (block.isSure) return isWithin(block.place, query) ? [block.place] : [];
      return (await this.#entriesIn(block, query)).map(({ key }) => key);
    };
    for await (const found of ahead(await this.#blocks(query), keysIn)) {
      for (const key of found) {
        if (keys.length === query.limit) return { keys, cursor: keys.at(-1) };
        keys.push(key);
      }
    }
    return { keys, cursor: undefined };
  }

  async #entriesIn(block: Block, query: PageQuery): Promise<readonly StoredEntry[]> {
    const { home, place } = block;
    const entries: StoredEntry[] = [];
    for (const { item, value, revision } of await this.#itemsIn(block)) {
      const key = keyIn(home, item);
      if (key.startsWith(place) && isWithin(key, query)) entries.push({ key, value, revision });
    }
    return entries;
  }

  /**
   * A record of a damaged home has no bytes: listings of actors go on, and their callers find that it is damaged.
   * Other listings are refused, so that nothing is missing from them.
   */
  async #itemsIn({ home, isOfMany }: Block): Promise<readonly BundleItem[]> {
    try {
      return (await this.#parts.read(home)).items;
    } catch (error) {
      const isDamaged = LimelightError.is(error) && error.code === ErrorCode.StoreCorrupt;
      if (!isDamaged || !isOfMany) throw error;
      return [{ item: META_ITEM, value: new Uint8Array(), revision: ABSENT }];
    }
  }

  async #blocks(query: PageQuery): Promise<Iterable<Block>> {
    const { prefix, cursor } = query;
    const home = homeOfPrefix(prefix);
    if (home !== undefined) {
      return cursor !== undefined && isAfter(cursor, prefix) ? [] : [block(prefix, home)];
    }
    const sections = SECTIONS.filter((section) => isRelated(`${section}/`, prefix));
    const keys = await this.#keys(query);
    if (sections.length === 0) return keys;
    const isContinued = cursor !== undefined && compareKeys(cursor, prefix) > 0;
    const { names } = this.#parts;
    const isOfBirths = sections.every((section) => section === BIRTH_ITEM);
    const owners = isOfBirths
      ? await names.notedOwners()
      : await names.owners(typeIn(prefix), isContinued);
    return merged(keys, ownerBlocks(sections, owners, query));
  }

  /** Returns the keys that have a home of their own. */
  async #keys(query: PageQuery): Promise<Iterable<Block>> {
    const { mirror, names } = this.#parts;
    if (await mirror.current()) return mirroredBlocks(mirror, query);
    const { prefix } = query;
    const slash = prefix.indexOf("/");
    const keys = await names.indexKeys(slash === -1 ? undefined : prefix.slice(0, slash));
    return keys
      .slice(lowerBound(keys, prefix, String))
      .filter((key) => isWithin(key, query))
      .map((key) => block(key, locate(key).home));
  }
}

/** The mirror was begun anew while its keys were listed. */
class MirrorLost extends StoreError {
  constructor() {
    super("the index was read anew during a listing", { code: ErrorCode.StoreUnavailable });
  }
}

function* mirroredBlocks(mirror: IndexMirror, query: PageQuery): Generator<Block> {
  const { restarts } = mirror;
  let { cursor } = query;
  for (;;) {
    if (!mirror.isRunning || mirror.restarts !== restarts) throw new MirrorLost();
    // Some of them may have been removed when they are read: there may have to be more than the page has.
    const keys = mirror.keysAfter(query.prefix, cursor, KEYS_AT_ONCE);
    for (const key of keys) yield { ...block(key, locate(key).home), isSure: true };
    if (keys.length < KEYS_AT_ONCE) return;
    cursor = keys.at(-1);
  }
}

function block(place: string, home: Home): Block {
  return { place, home, isSure: false, isOfMany: false };
}

function isWithin(key: string, { prefix, cursor }: Pick<PageQuery, "prefix" | "cursor">): boolean {
  return key.startsWith(prefix) && (cursor === undefined || compareKeys(key, cursor) > 0);
}

/** Whether `cursor` comes after all keys with `prefix`. */
function isAfter(cursor: string, prefix: string): boolean {
  return compareKeys(cursor, prefix) > 0 && !cursor.startsWith(prefix);
}

function isRelated(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

/** Returns the type that all keys of actors with `prefix` have; `undefined` if they may have several. */
function typeIn(prefix: string): string | undefined {
  const [, type, rest] = prefix.split("/");
  return type === "" || rest === undefined ? undefined : type;
}

function* ownerBlocks(
  sections: readonly string[],
  owners: OwnerNames,
  query: PageQuery,
): Generator<Block> {
  for (const section of sections) yield* sectionBlocks(section, owners, query);
}

function* sectionBlocks(
  section: string,
  owners: OwnerNames,
  { prefix, cursor }: PageQuery,
): Generator<Block> {
  const isSingle = SINGLE_SECTIONS.includes(section);
  const names = isSingle ? owners.sorted : owners.sortedWithSlash();
  const placeOf = (name: string): string => `${section}/${name}${isSingle ? "" : "/"}`;
  const from = cursor !== undefined && compareKeys(cursor, prefix) > 0 ? cursor : prefix;
  // The prefix or the cursor may be in the middle of the block before.
  const first = Math.max(0, lowerBound(names, from, placeOf) - 1);
  for (let at = first; at < names.length; at += 1) {
    const name = names[at] as string;
    const place = placeOf(name);
    const isPast = cursor !== undefined && cursor !== place && isAfter(cursor, place);
    if (isRelated(place, prefix) && !isPast) {
      yield {
        place,
        home: recordsHome(name),
        isSure: section === META_ITEM && !owners.doubtful.has(name),
        isOfMany: section === META_ITEM,
      };
    } else if (compareKeys(place, prefix) > 0 && !isPast) return;
  }
}

/** Merges two sequences that are in order. */
function* merged(one: Iterable<Block>, other: Iterable<Block>): Generator<Block> {
  const [ones, others] = [one[Symbol.iterator](), other[Symbol.iterator]()];
  let [left, right] = [ones.next(), others.next()];
  while (left.done !== true || right.done !== true) {
    const isLeft =
      right.done === true ||
      (left.done !== true && compareKeys(left.value.place, right.value.place) <= 0);
    if (isLeft) {
      yield left.value as Block;
      left = ones.next();
    } else {
      yield right.value as Block;
      right = others.next();
    }
  }
}

/** Yields what `read` returns for each block, in order; some are read before they are asked for. */
async function* ahead<Result>(
  blocks: Iterable<Block>,
  read: (block: Block) => Promise<Result>,
): AsyncGenerator<Result> {
  const reading: Promise<Result>[] = [];
  for (const each of blocks) {
    const result = read(each);
    result.catch(() => {}); // awaited in its turn, unless the page is full before
    reading.push(result);
    if (reading.length >= READ_AHEAD) yield await (reading.shift() as Promise<Result>);
  }
  for (const result of reading) yield await result;
}
