import { log } from "../../actor/lifecycle/logging.ts";
import { toError } from "../../base/errors.ts";
import { ABSENT, WriteKind, type WriteOperation } from "../../store/contract/store.ts";
import type { MetaRecord } from "../records/meta-record.ts";
import { expiryKey, type Owner, sectionPrefixes, stateKey } from "../records/record-keys.ts";
import type { Activation } from "./activation.ts";
import { removeStored } from "./stored-removal.ts";

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
  const { writer, current, owner, store, generation, type } = activation;
  await writer.settled();
  if (generation === undefined || writer.lost) {
    // It has ended before its record was loaded, or what was loaded is outdated.
    const removal = await removeStored(store, owner);
    if (removal !== undefined) await type.residence.databases.files.collect(removal.files);
    writer.releaseAll();
    return;
  }
  writer.writes.drop();
  for (const part of current?.parts ?? []) part.remove?.();
  const { meta, revision } = activation;
  if (meta === undefined || revision === ABSENT) writer.releaseAll();
  else await writer.remove([...removalOf(owner, meta), ...writer.writes.take()]);
  for (const part of current?.parts ?? []) await part.removed?.();
}

/** Resolves with true when everything of an activation that is being destroyed has been removed. */
export async function whenRemoved(activation: Activation): Promise<boolean> {
  await activation.gone;
  if (activation.destroyed) return true;
  throw activation.removalError ?? activation.cell.stoppedError("destroy");
}

/** Removes everything where the end phases have not: the start has failed, or the activation was killed. */
export async function removeAtLast(activation: Activation): Promise<void> {
  try {
    await removeAll(activation);
  } catch (err) {
    const fields = { event: "actor.destroy.failed", err };
    log(activation.cell, "error", fields, "stored data of an actor could not be removed");
  }
}
