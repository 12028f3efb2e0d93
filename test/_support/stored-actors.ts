import { encodeMeta, type MetaRecord } from "../../src/activation/records/meta-record.ts";
import {
  databaseKey,
  dueKey,
  expiryKey,
  kvKey,
  metaKey,
  type Owner,
  ownerOf,
  queueKey,
  scheduleKey,
  setAsideKey,
  stateKey,
} from "../../src/activation/records/record-keys.ts";
import { encodeSchedule } from "../../src/activation/records/schedule-record.ts";
import type { ActorKey } from "../../src/actor/definition/keyed-address.ts";
import type { Store, WriteOperation } from "../../src/store/contract/store.ts";

const JSON_BYTES = Buffer.from("{}");

/** Stores the records of a sleeping actor without sections. */
export async function storeActor(
  store: Store,
  type: string,
  key: ActorKey,
  fields: Partial<MetaRecord> = {},
): Promise<Owner> {
  const owner = ownerOf(type, key);
  await store.batch(actorOperations(owner, fields));
  return owner;
}

/** The writes that store an actor without sections. */
export function actorOperations(owner: Owner, fields: Partial<MetaRecord> = {}): WriteOperation[] {
  const meta: MetaRecord = {
    generation: 1,
    version: 1,
    createdAtMs: 1_000,
    usedAtMs: 1_000,
    stateBytes: 2,
    schedules: 0,
    queued: 0,
    incarnation: "first",
    sequence: 0,
    ...fields,
  };
  const operations: WriteOperation[] = [
    { kind: "put", key: metaKey(owner), value: encodeMeta(meta) },
    { kind: "put", key: stateKey(owner), value: JSON_BYTES },
  ];
  if (meta.expiresAtMs !== undefined) {
    const key = expiryKey(meta.expiresAtMs, owner);
    operations.push({ kind: "put", key, value: new Uint8Array() });
  }
  return operations;
}

/** Adds something to every section of an actor: schedules, queues, values, a database. */
export async function storeSections(store: Store, owner: Owner, schedules = 2): Promise<void> {
  const put = (key: string, value: Uint8Array = JSON_BYTES): WriteOperation => ({
    kind: "put",
    key,
    value,
  });
  const operations: WriteOperation[] = [
    put(queueKey(owner, "jobs", 1)),
    put(setAsideKey(owner, "jobs", 0)),
    put(kvKey(owner, "note")),
    put(databaseKey(owner, "first"), Buffer.from(`${owner.type}/first.sqlite`)),
  ];
  for (let at = 0; at < schedules; at += 1) {
    const dueAtMs = 9_000_000_000_000 + at;
    const record = { message: "ping", args: [], dueAtMs, attempts: 0, runs: [] };
    operations.push(
      put(scheduleKey(owner, `id ${at}`), encodeSchedule(record)),
      put(dueKey({ dueAtMs, owner, id: `id ${at}` }), new Uint8Array()),
    );
  }
  for (let at = 0; at < operations.length; at += 5_000) {
    await store.batch(operations.slice(at, at + 5_000));
  }
}

/** All keys of a store. */
export async function allKeys(store: Store): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listKeys("", cursor === undefined ? {} : { cursor });
    keys.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return keys;
}
