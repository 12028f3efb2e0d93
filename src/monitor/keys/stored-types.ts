import { metaPrefix, parseMetaKey } from "../../activation/records/record-keys.ts";
import type { Activations } from "../../activation/residence/activations.ts";

type Store = Activations["store"];

const PAGE = 1_000;
/** Keys of one type above which they are no longer counted. */
const MAX_COUNTED = 10_000;
/** Types above which no further ones are looked for. */
const MAX_TYPES = 1_000;
/** What the keys of all records of actors start with. */
const RECORDS = "m/";

/** Returns the types that have stored actors, each found with one read. */
export async function storedTypes(store: Store): Promise<readonly string[]> {
  const types: string[] = [];
  let cursor: string | undefined;
  while (types.length < MAX_TYPES) {
    const { keys } = await store.listKeys(RECORDS, {
      limit: 1,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const type = keys[0] === undefined ? undefined : parseMetaKey(keys[0])?.type;
    if (type === undefined) break;
    types.push(type);
    // "0" follows "/", so this is after all records of the type and before those of the next one.
    cursor = `${RECORDS}${type}0`;
  }
  return types;
}

/** Number of stored actors of a type. */
export interface StoredCount {
  readonly count: number;
  /** Whether there are more: counting stops at a limit. */
  readonly more: boolean;
}

/** Counts the stored actors of a type without reading their records. */
export async function countStored(store: Store, type: string): Promise<StoredCount> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const options = cursor === undefined ? { limit: PAGE } : { limit: PAGE, cursor };
    const page = await store.listKeys(metaPrefix(type, ""), options);
    count += page.keys.length;
    cursor = page.cursor;
  } while (cursor !== undefined && count < MAX_COUNTED);
  return { count, more: cursor !== undefined };
}
