import { inParallel } from "../../base/async/in-parallel.ts";
import { ErrorCode, StoreError, toError } from "../../base/errors.ts";
import { conflictError } from "../../store/contract/outcomes.ts";
import { type BatchResult, WriteKind } from "../../store/contract/store.ts";
import type { EngineFault } from "../engine/engine.ts";
import type { BatchPlan, HomeWrite, ItemCondition } from "./batch-plan.ts";
import { type Bundle, type BundleChange, changed, itemOf, revisionOf } from "./bundle.ts";
import type { BundleCache } from "./bundle-cache.ts";
import { exceptionHome, type Home, META_ITEM, StreamKind } from "./home.ts";
import { type HomeApi, shownName } from "./home-api.ts";

/** What a {@link BatchWriter} works with. */
export interface BatchWriterParts {
  readonly homes: HomeApi;
  readonly cache: BundleCache;
  /** Called when a home was removed: its message says so, and has to be erased later. */
  readonly removed: (removal: Removal) => void;
  readonly onFault: (fault: EngineFault) => void;
}

/** A home of which only the message is left that says that it was removed. */
export interface Removal {
  readonly home: Home;
  readonly sequence: number;
  /** Sequence of the note of the home, if it is that of an actor's records. */
  readonly noteSequence: number | undefined;
}

/** Messages of the index that one batch writes at a time. */
const MAX_PARALLEL = 64;

/** How often a home is read again because another process has written it. */
const MAX_ROUNDS = 100;

/** A key of the index that a batch has read, and deletes in the end. */
interface IndexDeletion {
  readonly home: Home;
  readonly base: Bundle;
  readonly deleted: number;
}

/**
 * Writes batches: first new keys of the index, then the home, then deletions from the index. A crash in between leaves
 * keys of the index that point at nothing, and never a record that the index does not know.
 */
export class BatchWriter {
  readonly #parts: BatchWriterParts;

  constructor(parts: BatchWriterParts) {
    this.#parts = parts;
  }

  /**
   * @throws {@link StoreError} `ERR_STORE_CONFLICT`, and what {@link HomeApi} throws; nothing was written but keys of the
   *   index, unless the outcome is unknown
   */
  async write({ main, index }: BatchPlan): Promise<BatchResult> {
    if (index.length === 0) {
      return main === undefined ? { revision: 1, deleted: 0 } : await this.#writeHome(main);
    }
    const begun: BatchResult[] = [];
    const deletions: IndexDeletion[] = [];
    await nothingWritten(main !== undefined, async () => {
      const bases = await this.#requireConditions(main, index);
      await inParallel(MAX_PARALLEL, index, async (write) => {
        const deletion = await this.#beginIndex(write, bases.get(write), begun);
        if (deletion !== undefined) deletions.push(deletion);
      });
    });
    const result = main === undefined ? undefined : await this.#writeHome(main);
    const deleted = await this.#deleteIndex(deletions);
    return {
      revision: result?.revision ?? Math.max(1, ...begun.map(({ revision }) => revision)),
      deleted: begun.reduce((sum, each) => sum + each.deleted, deleted + (result?.deleted ?? 0)),
    };
  }

  /** Writes one home, again if another process has written it meanwhile and no condition forbids it. */
  async #writeHome(write: HomeWrite): Promise<BatchResult> {
    const { home, operations, conditions } = write;
    const blind = blindValue(write);
    if (blind !== undefined) return await this.#overwrite(home, blind);
    let known = this.#parts.cache.find(home.subject);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const base = known ?? (await this.#read(home));
      const failed = failedCondition(base, conditions);
      const change = changed(base, operations);
      const isDecided = failed !== undefined || !change.isChanged;
      if (!isDecided) {
        const next = await this.#replace(home, base, change);
        if (next !== undefined) return { revision: next.sequence, deleted: change.deleted };
        this.#parts.cache.drop(home.subject);
      } else if (known === undefined) {
        if (failed !== undefined) throw conflictOf(base, failed);
        return { revision: Math.max(1, base.sequence), deleted: 0 };
      }
      known = undefined; // what was known from before may be out of date
    }
    throw new StoreError(`${shownName(home)} is written by others all the time`, {
      code: ErrorCode.StoreUnavailable,
      key: shownName(home),
    });
  }

  async #overwrite(home: Home, value: Uint8Array): Promise<BatchResult> {
    this.#parts.cache.drop(home.subject);
    return { revision: await this.#parts.homes.overwrite(home, value), deleted: 0 };
  }

  async #read(home: Home): Promise<Bundle> {
    const bundle = await this.#parts.homes.read(home);
    this.#parts.cache.keep(home.subject, bundle);
    return bundle;
  }

  async #replace(home: Home, base: Bundle, change: BundleChange): Promise<Bundle | undefined> {
    const { homes, cache, removed } = this.#parts;
    const noteSequence = await this.#note(home, base, change);
    try {
      const next = await homes.replace(home, base, change.items);
      if (next === undefined) return undefined;
      cache.keep(home.subject, next);
      if (next.items.length === 0) removed({ home, sequence: next.sequence, noteSequence });
      return next;
    } catch (thrown) {
      cache.drop(home.subject); // what is stored may be known only after the next read
      throw thrown;
    }
  }

  /** Notes records that are about to lose, or not to get, the one with which listings begin. */
  async #note(home: Home, base: Bundle, { items }: BundleChange): Promise<number | undefined> {
    if (home.stream !== StreamKind.Records) return undefined;
    const had = base.items.length === 0 || itemOf(base, META_ITEM) !== undefined;
    const has = items.some(({ item }) => item === META_ITEM);
    if (has || !had) return undefined;
    let sequence: number | undefined;
    await nothingWritten(true, async () => {
      sequence = await this.#parts.homes.overwrite(exceptionHome(home.name), NOTHING);
    });
    return sequence;
  }

  /**
   * Refuses a batch before any of it is written, where that is certain.
   *
   * @returns the keys of the index that were read for it
   */
  async #requireConditions(
    main: HomeWrite | undefined,
    index: readonly HomeWrite[],
  ): Promise<ReadonlyMap<HomeWrite, Bundle>> {
    const bases = new Map<HomeWrite, Bundle>();
    const conditional = index.filter(({ conditions }) => conditions.length > 0);
    await inParallel(MAX_PARALLEL, conditional, async (write) => {
      const base = await this.#parts.homes.read(write.home);
      const failed = failedCondition(base, write.conditions);
      if (failed !== undefined) throw conflictOf(base, failed);
      bases.set(write, base);
    });
    if (main === undefined || main.conditions.length === 0) return bases;
    const { home, conditions } = main;
    const known = this.#parts.cache.find(home.subject);
    if (known !== undefined && failedCondition(known, conditions) === undefined) return bases;
    const base = await this.#read(home);
    const failed = failedCondition(base, conditions);
    if (failed !== undefined) throw conflictOf(base, failed);
    return bases;
  }

  /**
   * Puts a key of the index, or reads one that has to be deleted.
   *
   * @param begun gets what is put
   * @returns what is left to be deleted
   */
  async #beginIndex(
    write: HomeWrite,
    read: Bundle | undefined,
    begun: BatchResult[],
  ): Promise<IndexDeletion | undefined> {
    const blind = blindValue(write);
    if (blind !== undefined) {
      begun.push(await this.#overwrite(write.home, blind));
      return undefined;
    }
    const base = read ?? (await this.#parts.homes.read(write.home));
    const change = changed(base, write.operations);
    if (!change.isChanged) return undefined;
    if (change.items.length === 0) return { home: write.home, base, deleted: change.deleted };
    begun.push(await this.#writeHome(write));
    return undefined;
  }

  /**
   * Deletes keys of the index as they were before the home was written. One that was written again since then is that of
   * another process, which has gone on with the actor, and stays.
   */
  async #deleteIndex(deletions: readonly IndexDeletion[]): Promise<number> {
    const { homes, removed, onFault } = this.#parts;
    const counts = await inParallel(MAX_PARALLEL, deletions, async ({ home, base, deleted }) => {
      try {
        const next = await homes.replace(home, base, []);
        if (next === undefined) return 0;
        removed({ home, sequence: next.sequence, noteSequence: undefined });
        return deleted;
      } catch (thrown) {
        // The home is written. The key points at nothing now, and is removed when it is due.
        const text = `${shownName(home)} was not removed`;
        onFault({ kind: "index_entry_left", text, error: toError(thrown) });
        return 0;
      }
    });
    return counts.reduce((sum, count) => sum + count, 0);
  }
}

/** Runs what comes before the write of a home. If its outcome is unknown, still nothing was written that counts. */
async function nothingWritten(isBefore: boolean, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const isUnknown = thrown instanceof StoreError && thrown.code === ErrorCode.StoreUnknownOutcome;
    if (!isBefore || !isUnknown) throw thrown;
    throw new StoreError(thrown.message, { code: ErrorCode.StoreUnavailable, cause: thrown });
  }
}

const NOTHING = new Uint8Array();

/** Returns the value that a write puts whatever is there; `undefined` if it depends on that. Only keys of the index. */
function blindValue({ home, operations, conditions }: HomeWrite): Uint8Array | undefined {
  if (!home.isIndex || conditions.length > 0) return undefined;
  const last = operations.at(-1);
  const isBlind = operations.every(({ kind }) => kind === WriteKind.Put);
  return isBlind && last?.kind === WriteKind.Put ? last.value : undefined;
}

function failedCondition(
  base: Bundle,
  conditions: readonly ItemCondition[],
): ItemCondition | undefined {
  return conditions.find(({ item, expectedRevision }) => {
    return revisionOf(base, item) !== expectedRevision;
  });
}

function conflictOf(base: Bundle, { key, item, expectedRevision }: ItemCondition): Error {
  return conflictError(key, revisionOf(base, item), expectedRevision);
}
