import { toError } from "../../base/errors.ts";
import { ABSENT, type Store, WriteKind, type WriteOperation } from "../../store/contract/store.ts";
import { type DatabaseFiles, namesIn, noteGarbage } from "../database/database-files.ts";
import { decodeMeta, type MetaRecord } from "../records/meta-record.ts";
import {
  databasePrefix,
  dueKey,
  expiryKey,
  metaKey,
  type Owner,
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
    const { files } = activation.type.residence.databases;
    await removeStored(store, owner, files); // ended before its record was loaded, or what was loaded is outdated
    writer.releaseAll();
    return;
  }
  writer.writes.drop();
  for (const part of current?.parts.values() ?? []) part.remove?.();
  const { meta, revision } = activation;
  if (meta === undefined || revision === ABSENT) writer.releaseAll();
  else await writer.remove([...removalOf(owner, meta), ...writer.writes.take()]);
  for (const part of current?.parts.values() ?? []) await part.removed?.();
}

/**
 * Removes everything that is stored under a key that no activation uses, whether its type is defined or not. The file of
 * its database is removed after the commit.
 *
 * @returns whether there was an actor
 * @throws {@link StoreError} `ERR_STORE_CONFLICT` when someone else has written the record meanwhile
 */
export async function removeStored(
  store: Store,
  owner: Owner,
  files: DatabaseFiles,
): Promise<boolean> {
  const key = metaKey(owner);
  const prefixes = [databasePrefix(owner), schedulePrefix(owner)];
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
  const ofDatabase = loaded.entries.filter((each) => each.key.startsWith(databasePrefix(owner)));
  const names = namesIn(ofDatabase);
  await store.batch([
    { kind: WriteKind.Delete, key, expectedRevision: revision },
    ...removalOf(owner, decodeMeta(key, value)),
    ...due,
    ...names.map(noteGarbage),
  ]);
  await files.collect(names);
  return true;
}
