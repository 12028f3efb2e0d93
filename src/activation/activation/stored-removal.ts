import { ErrorCode, LimelightError } from "../../base/errors.ts";
import {
  type Loaded,
  type Store,
  type StoredEntry,
  WriteKind,
  type WriteOperation,
} from "../../store/contract/store.ts";
import { namesIn, noteGarbage } from "../database/database-files.ts";
import { decodeMeta, type MetaRecord } from "../records/meta-record.ts";
import { decodeQueued } from "../records/queue-record.ts";
import {
  databasePrefix,
  dueKey,
  expiryKey,
  metaKey,
  type Owner,
  queuePrefix,
  scheduleIdOf,
  schedulePrefix,
  sectionPrefixes,
  stateKey,
} from "../records/record-keys.ts";
import { decodeSchedule } from "../records/schedule-record.ts";

/** Operations of one batch, below the limit of the stores. */
const MAX_OPERATIONS = 5_000;
/** How often a removal reads again because something else has written. */
const MAX_ATTEMPTS = 10;
const PAGE = 1_000;
/** Messages may be large, and are read with their bodies. */
const QUEUE_PAGE = 100;

/** Returns whether an actor is to be removed; gets its record, and when its first schedule is due. */
type Applies = (meta: MetaRecord | undefined, firstDueMs: number) => boolean;

/** What a removal has removed. */
export interface Removal {
  /** Names of the database files, which are noted as garbage and can be deleted now. */
  readonly files: readonly string[];
}

/**
 * Removes everything stored under a key whose actor is asleep, in one batch: state, values, queues, schedules with their
 * due times, and the note of its database file. Its type need not be defined.
 *
 * @param applies whether the actor is to be removed. Without it, one of which not everything can be read is removed too
 * @returns `undefined` if there is no actor, or it is not to be removed
 * @throws {@link StoreError} the error of the store
 */
export async function removeStored(
  store: Store,
  owner: Owner,
  applies?: Applies,
): Promise<Removal | undefined> {
  if (applies !== undefined) return await removeRead(store, owner, applies);
  // What is damaged is removed only without a condition, which could not be checked.
  const removal = await readable(removeRead(store, owner, () => true));
  return removal ?? (await removeUnread(store, owner));
}

async function removeRead(
  store: Store,
  owner: Owner,
  applies: Applies,
): Promise<Removal | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const loaded = await store.load({
      keys: [metaKey(owner)],
      prefixes: [databasePrefix(owner), schedulePrefix(owner)],
    });
    const record = loaded.entries.find(({ key }) => key === metaKey(owner));
    if (record === undefined) return undefined;
    if (!applies(metaOf(record), firstDue(owner, loaded))) return undefined;
    try {
      return await removeLoaded(store, owner, record, loaded);
    } catch (error) {
      const changed = LimelightError.is(error) && error.code === ErrorCode.StoreConflict;
      if (!changed || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function removeLoaded(
  store: Store,
  owner: Owner,
  { key, revision, value }: StoredEntry,
  loaded: Loaded,
): Promise<Removal> {
  const meta = metaOf({ key, value });
  const dues = await dueOperations(store, owner, loaded);
  if (meta?.queued !== 0) dues.push(...(await queueDues(store, owner)));
  const inFile = loaded.entries.filter((entry) => entry.key.startsWith(databasePrefix(owner)));
  const files = namesIn(inFile);
  // Due times beyond one batch go first: an actor that is being removed may lose its schedules, but a due time without
  // a schedule would wake a new one.
  while (dues.length > MAX_OPERATIONS) {
    const check = { kind: WriteKind.Check, key, expectedRevision: revision } as const;
    await store.batch([check, ...dues.splice(0, MAX_OPERATIONS)]);
  }
  const expiresAtMs = meta?.expiresAtMs;
  await store.batch([
    { kind: WriteKind.Delete, key, expectedRevision: revision },
    { kind: WriteKind.Delete, key: stateKey(owner) },
    ...sectionPrefixes(owner).map(
      (prefix): WriteOperation => ({ kind: WriteKind.DeletePrefix, prefix }),
    ),
    ...(expiresAtMs === undefined
      ? []
      : [{ kind: WriteKind.Delete, key: expiryKey(expiresAtMs, owner) } as const]),
    ...dues,
    ...files.map(noteGarbage),
  ]);
  return { files };
}

/**
 * Removes an actor of which not everything can be read. Due times and expiries that remain are removed when they are
 * due, since their actor is gone.
 */
async function removeUnread(store: Store, owner: Owner): Promise<Removal | undefined> {
  if (!(await isAnythingLeft(store, owner))) return undefined;
  const page = await readable(store.list(databasePrefix(owner)));
  const files = namesIn(page?.entries ?? []);
  await store.batch([
    { kind: WriteKind.Delete, key: metaKey(owner) },
    { kind: WriteKind.Delete, key: stateKey(owner) },
    ...sectionPrefixes(owner).map(
      (prefix): WriteOperation => ({ kind: WriteKind.DeletePrefix, prefix }),
    ),
    ...files.map(noteGarbage),
  ]);
  return { files };
}

/** Whether there is anything of an actor. Keys are read, not values. */
async function isAnythingLeft(store: Store, owner: Owner): Promise<boolean> {
  for (const key of [metaKey(owner), stateKey(owner)]) {
    const { keys } = await store.listKeys(key, { limit: 1 });
    if (keys[0] === key) return true;
  }
  for (const prefix of sectionPrefixes(owner)) {
    const { keys } = await store.listKeys(prefix, { limit: 1 });
    if (keys.length > 0) return true;
  }
  return false;
}

/** Returns what a store returns; `undefined` if it is damaged. */
async function readable<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if (LimelightError.is(thrown) && thrown.code === ErrorCode.StoreCorrupt) return undefined;
    throw thrown;
  }
}

/** Returns when the first of the loaded schedules is due; `Infinity` without any. */
function firstDue(owner: Owner, { entries }: Loaded): number {
  const prefix = schedulePrefix(owner);
  const schedules = entries.filter(({ key }) => key.startsWith(prefix));
  const dues = schedules.map(({ key, value }) => dueOf(key, value) ?? Infinity);
  return dues.reduce((one, other) => Math.min(one, other), Infinity);
}

/** Returns the removals of the due times of all schedules. A schedule that cannot be read has none that is known. */
async function dueOperations(
  store: Store,
  owner: Owner,
  loaded: Loaded,
): Promise<WriteOperation[]> {
  const operations: WriteOperation[] = [];
  const prefix = schedulePrefix(owner);
  const add = (entries: readonly StoredEntry[]): void => {
    for (const { key, value } of entries) {
      const id = scheduleIdOf(owner, key);
      const dueAtMs = dueOf(key, value);
      if (id === undefined || dueAtMs === undefined) continue;
      operations.push({ kind: WriteKind.Delete, key: dueKey({ dueAtMs, owner, id }) });
    }
  };
  const first = loaded.entries.filter(({ key }) => key.startsWith(prefix));
  add(first);
  if (!loaded.partialPrefixes.includes(prefix)) return operations;
  let cursor = first.at(-1)?.key;
  do {
    const options = cursor === undefined ? { limit: PAGE } : { limit: PAGE, cursor };
    const page = await store.list(prefix, options);
    add(page.entries);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return operations;
}

/**
 * Returns the removals of the due time of the queues. It is that of one of the messages; which one depends on what was
 * handed out, so all that it can be are removed.
 */
async function queueDues(store: Store, owner: Owner): Promise<WriteOperation[]> {
  const times = new Set([0]);
  let after: { readonly cursor?: string } = {};
  do {
    const page = await store.list(queuePrefix(owner), { limit: QUEUE_PAGE, ...after });
    for (const { key, value } of page.entries) times.add(notBefore(key, value));
    after = page.cursor === undefined ? {} : { cursor: page.cursor };
  } while (after.cursor !== undefined);
  return [...times].map((dueAtMs) => {
    return { kind: WriteKind.Delete, key: dueKey({ dueAtMs, owner, id: "" }) };
  });
}

function notBefore(key: string, value: Uint8Array): number {
  try {
    return decodeQueued(key, value).notBeforeMs ?? 0;
  } catch {
    return 0;
  }
}

function dueOf(key: string, value: Uint8Array): number | undefined {
  try {
    return decodeSchedule(key, value).dueAtMs;
  } catch {
    return undefined;
  }
}

/** A damaged record can be removed too. */
function metaOf({ key, value }: Pick<StoredEntry, "key" | "value">): MetaRecord | undefined {
  try {
    return decodeMeta(key, value);
  } catch {
    return undefined;
  }
}
