import { WriteKind, type WriteOperation } from "../../store/contract/store.ts";
import { lastPosition } from "../connection/clean-end.ts";
import { moveExpiry, withdrawal } from "../placement/claim.ts";
import { handoverOf } from "../placement/handover.ts";
import type { MetaRecord } from "../records/meta-record.ts";
import { type Owner, stateKey } from "../records/record-keys.ts";
import type { Activation } from "./activation.ts";

/**
 * Returns the record that the next commit of an activation writes.
 *
 * @param used whether the actor has just been created or woken, or goes to sleep
 */
export function nextMeta(activation: Activation, used: boolean): MetaRecord {
  const { cell, current, definition, generation, incarnation, meta } = activation;
  const { expireAfterMs, version } = definition.settings;
  const nowMs = Math.round(cell.type.system.clock.epochMs());
  const usedAtMs = used || meta === undefined ? nowMs : meta.usedAtMs;
  const record: { -readonly [Field in keyof MetaRecord]: MetaRecord[Field] } = {
    generation: generation ?? 1,
    version,
    createdAtMs: meta?.createdAtMs ?? nowMs,
    usedAtMs,
    stateBytes: current?.state.sizeBytes ?? 0,
    schedules: meta?.schedules ?? 0,
    queued: meta?.queued ?? 0,
    incarnation,
    sequence: meta?.sequence ?? 0,
  };
  for (const part of current?.parts ?? []) {
    if (part.counts !== undefined) Object.assign(record, part.counts());
  }
  if (activation.isLast || activation.isGiving)
    Object.assign(record, lastFields(activation, nowMs));
  if (expireAfterMs !== Number.POSITIVE_INFINITY) {
    record.expiresAtMs = Math.ceil(usedAtMs + expireAfterMs);
  }
  return record;
}

/** Returns what the last record of an activation has for the next one. */
function lastFields(
  activation: Activation,
  nowMs: number,
): Pick<MetaRecord, "eventsAt" | "handover"> {
  const { generation = 1, isLast } = activation;
  const at = isLast ? lastPosition(activation) : undefined;
  const handover = handoverOf(activation, nowMs);
  return {
    ...(at === undefined ? {} : { eventsAt: { generation, at } }),
    ...(handover === undefined ? {} : { handover }),
  };
}

/**
 * Returns the writes that follow from those of the record: they move the actor within the index of expiries, and end the
 * claim under which it is created.
 */
export function recordOperations(activation: Activation, next: MetaRecord): WriteOperation[] {
  const { claim, meta, owner } = activation;
  const operations = moveExpiry(owner, meta, next);
  if (claim?.birthRevision !== undefined) operations.push(withdrawal(owner, claim.birthRevision));
  return operations;
}

/** Returns the write of a state. @param text `undefined` if there is no state any more */
export function stateOperation(owner: Owner, text: string | undefined): WriteOperation {
  const key = stateKey(owner);
  if (text === undefined) return { kind: WriteKind.Delete, key };
  return { kind: WriteKind.Put, key, value: Buffer.from(text) };
}
