import { ErrorCode, StoreError } from "../../base/errors.ts";
import type { Loaded } from "../../store/contract/store.ts";
import type { MetaRecord } from "../records/meta-record.ts";
import {
  metaKey,
  type Owner,
  queuePrefix,
  schedulePrefix,
  stateKey,
} from "../records/record-keys.ts";

/**
 * Checks that the records of an actor are all there. A store finds an entry whose bytes have changed, but not one whose
 * key has changed: it would return nothing, and the actor would begin anew, or without its schedules.
 *
 * A removal is one batch, so without its record there is nothing else of an actor.
 *
 * @param meta the actor's record; `undefined` if there is none
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`
 */
export function requireWhole(
  owner: Owner,
  meta: MetaRecord | undefined,
  { entries, partialPrefixes }: Loaded,
): void {
  const [ownStateKey, schedules, queued] = [
    stateKey(owner),
    schedulePrefix(owner),
    queuePrefix(owner),
  ];
  if (meta === undefined) {
    const [left] = entries;
    if (left !== undefined) throw missing(metaKey(owner), `${left.key} is there`);
    return;
  }
  if (meta.stateBytes > 0 && !entries.some(({ key }) => key === ownStateKey)) {
    throw missing(ownStateKey, "the actor's record says that there is a state");
  }
  for (const [prefix, count] of [
    [schedules, meta.schedules],
    [queued, meta.queued],
  ] as const) {
    if (count === 0 || partialPrefixes.includes(prefix)) continue;
    const found = entries.filter(({ key }) => key.startsWith(prefix)).length;
    // More than that are not counted: damaged ones, for instance, are left out and stay stored.
    if (found < count) {
      throw missing(`${prefix}…`, `${found} entries are there, of ${count} in the actor's record`);
    }
  }
}

function missing(key: string, why: string): StoreError {
  return new StoreError(`record ${key} is missing: ${why}`, { code: ErrorCode.StoreCorrupt, key });
}
