import { toError } from "../../base/errors.ts";
import { ABSENT, type Store, WriteKind, type WriteOperation } from "../../store/contract/store.ts";
import { queueWakeKeys } from "../queue/queue-wake.ts";
import { decodeMeta, type MetaRecord } from "../records/meta-record.ts";
import {
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
import type { Activation } from "./activation.ts";

/** Returns the operations that remove everything of an actor but its record, and what lies outside of its sections. */
function removalOf(owner: Owner, { expiresAtMs }: MetaRecord): WriteOperation[] {
  const removal: WriteOperation[] = [
    { kind: WriteKind.Delete, key: stateKey(owner) },
    ...sectionPrefixes(owner).map(
      (prefix): WriteOperation => ({ kind: WriteKind.DeletePrefix, prefix }),
    ),
  ];
  if (expiresAtMs === undefined) return removal;
  return [...removal, { kind: WriteKind.Delete, key: expiryKey(expiresAtMs, owner) }];
}

/**
 * Removes everything that is stored of the actor of an activation that ends, in one commit.
 *
 * @throws the error of the commit, which is also kept for those who wait for the removal
 */
export async function removeAll(activation: Activation): Promise<void> {
  if (activation.destroyed) return;
  try {
    await remove(activation);
    activation.destroyed = true;
  } catch (thrown) {
    activation.removalError = toError(thrown);
    throw thrown;
  }
}

async function remove(activation: Activation): Promise<void> {
  const { writer, current, owner, store, generation } = activation;
  await writer.settled();
  if (generation === undefined || writer.lost) {
    await removeStored(store, owner); // ended before its record was loaded, or what was loaded is outdated
    writer.releaseAll();
    return;
  }
  writer.writes.drop();
  for (const part of current?.parts.values() ?? []) part.remove?.();
  const { meta, revision } = activation;
  if (meta === undefined || revision === ABSENT) writer.releaseAll();
  else await writer.remove([...removalOf(owner, meta), ...writer.writes.take()]);
}

/**
 * Removes everything that is stored under a key that no activation uses, whether its type is defined or not.
 *
 * @returns whether there was an actor
 * @throws {@link StoreError} `ERR_STORE_CONFLICT` when someone else has written the record meanwhile
 */
export async function removeStored(store: Store, owner: Owner): Promise<boolean> {
  const key = metaKey(owner);
  const prefixes = [schedulePrefix(owner), queuePrefix(owner)];
  const loaded = await store.load({ keys: [key], prefixes });
  const entry = loaded.entries.find((each) => each.key === key);
  if (entry === undefined) return false;
  const { value, revision } = entry;
  const due = loaded.entries.flatMap((each): WriteOperation[] => {
    const id = scheduleIdOf(owner, each.key);
    if (id === undefined) return [];
    const { dueAtMs } = decodeSchedule(each.key, each.value);
    return [{ kind: WriteKind.Delete, key: dueKey({ dueAtMs, owner, id }) }];
  });
  await store.batch([
    { kind: WriteKind.Delete, key, expectedRevision: revision },
    ...removalOf(owner, decodeMeta(key, value)),
    ...due,
    ...queueWakeKeys(owner, loaded.entries).map(
      (each): WriteOperation => ({ kind: WriteKind.Delete, key: each }),
    ),
  ]);
  return true;
}
