import { decodeMeta, type MetaRecord } from "../../activation/records/meta-record.ts";
import { decodeQueued, decodeSetAside } from "../../activation/records/queue-record.ts";
import {
  metaKey,
  type Owner,
  parseQueueKey,
  queuePrefix,
  scheduleIdOf,
  schedulePrefix,
  setAsidePrefix,
  stateKey,
} from "../../activation/records/record-keys.ts";
import { decodeSchedule } from "../../activation/records/schedule-record.ts";
import type { Activations } from "../../activation/residence/activations.ts";
import type { QueueRow, ScheduleRow } from "../../wire/keys.ts";

type Store = Activations["store"];
type StoredEntry = Awaited<ReturnType<Store["load"]>>["entries"][number];

/** Size of the schedules and messages that are read of a key. */
const MAX_BYTES = 512 * 1_024;
const MAX_SCHEDULES = 200;
/** Messages shown of each queue, and of those set aside. */
const MAX_MESSAGES = 20;

/** What is stored of a key, for viewers. Records that cannot be read are left out. */
export interface StoredKey {
  readonly meta: MetaRecord;
  /** `undefined` when the actor has no state. */
  readonly state: { readonly value: unknown } | undefined;
  readonly schedules: readonly ScheduleRow[];
  readonly moreSchedules: boolean;
  readonly queues: readonly QueueRow[];
}

/** Reads what is stored of a key in one round trip; `undefined` when there is nothing. */
export async function readStoredKey(store: Store, owner: Owner): Promise<StoredKey | undefined> {
  const [recordKey, ownStateKey] = [metaKey(owner), stateKey(owner)];
  const [ofSchedules, ofQueues, ofSetAside] = [
    schedulePrefix(owner),
    queuePrefix(owner),
    setAsidePrefix(owner),
  ];
  const { entries, partialPrefixes } = await store.load({
    keys: [recordKey, ownStateKey],
    prefixes: [ofSchedules, ofSetAside, ofQueues],
    maxBytes: MAX_BYTES,
  });
  const record = entries.find(({ key }) => key === recordKey);
  if (record === undefined) return undefined;
  const under = (prefix: string): StoredEntry[] =>
    entries.filter(({ key }) => key.startsWith(prefix));
  const state = entries.find(({ key }) => key === ownStateKey);
  const schedules = under(ofSchedules).flatMap((entry) => scheduleRow(owner, entry) ?? []);
  schedules.sort((one, other) => one.dueAtMs - other.dueAtMs);
  return {
    meta: decodeMeta(recordKey, record.value),
    state: state === undefined ? undefined : { value: parseJson(state.value) },
    schedules: schedules.slice(0, MAX_SCHEDULES),
    moreSchedules: partialPrefixes.includes(ofSchedules) || schedules.length > MAX_SCHEDULES,
    queues: queueRows(
      { entries: under(ofQueues), partial: partialPrefixes.includes(ofQueues) },
      { entries: under(ofSetAside), partial: partialPrefixes.includes(ofSetAside) },
    ),
  };
}

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString()) as unknown;
  } catch {
    return "[unreadable]";
  }
}

function scheduleRow(owner: Owner, { key, value }: StoredEntry): ScheduleRow | undefined {
  const id = scheduleIdOf(owner, key);
  const record = decoded(() => decodeSchedule(key, value));
  if (id === undefined || record === undefined) return undefined;
  const { message, dueAtMs, cron = null, timeZone = null, attempts, runs } = record;
  return {
    id,
    messageType: message,
    dueAtMs,
    cron,
    timeZone,
    attempts,
    runs: runs.map(({ atMs, outcome, errorType = null }) => ({ atMs, outcome, errorType })),
  };
}

/** Entries of a section, and whether there are more. */
interface Section {
  readonly entries: readonly StoredEntry[];
  readonly partial: boolean;
}

function queueRows(queued: Section, setAside: Section): QueueRow[] {
  const waiting = byQueue(queued.entries);
  const aside = byQueue(setAside.entries);
  const names = [...new Set([...waiting.keys(), ...aside.keys()])].sort();
  return names.map((name) => {
    const [head, away] = [waiting.get(name) ?? [], aside.get(name) ?? []];
    return {
      name,
      head: head.slice(0, MAX_MESSAGES).flatMap((entry) => queuedRow(entry) ?? []),
      more: head.length > MAX_MESSAGES || queued.partial,
      setAside: away.slice(0, MAX_MESSAGES).flatMap((entry) => setAsideRow(entry) ?? []),
      moreSetAside: away.length > MAX_MESSAGES || setAside.partial,
    };
  });
}

function byQueue(entries: readonly StoredEntry[]): ReadonlyMap<string, StoredEntry[]> {
  return Map.groupBy(entries, ({ key }) => parseQueueKey(key)?.queue ?? "");
}

function queuedRow({ key, value }: StoredEntry): QueueRow["head"][number] | undefined {
  const record = decoded(() => decodeQueued(key, value));
  if (record === undefined) return undefined;
  const { id, sentAtMs, attempt, notBeforeMs = null } = record;
  return { id, sentAtMs, attempt, notBeforeMs };
}

function setAsideRow({ key, value }: StoredEntry): QueueRow["setAside"][number] | undefined {
  const record = decoded(() => decodeSetAside(key, value));
  if (record === undefined) return undefined;
  const { id, sentAtMs, attempt, errorType = null } = record;
  return { id, sentAtMs, attempt, errorType };
}

/** Returns a record; `undefined` when it is damaged. */
function decoded<Value>(decode: () => Value): Value | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
