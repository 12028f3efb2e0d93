import { nextTurn } from "../../base/node-timers.ts";
import type { Store, StoredEntry } from "../../store/contract/store.ts";
import { decodeMeta, type MetaRecord } from "../records/meta-record.ts";
import {
  decodeQueued,
  decodeSetAside,
  type QueueRecord,
  type SetAsideRecord,
} from "../records/queue-record.ts";
import {
  metaKey,
  type Owner,
  parseMetaKey,
  parseQueueKey,
  queuePrefix,
  scheduleIdOf,
  schedulePrefix,
  setAsidePrefix,
  stateKey,
} from "../records/record-keys.ts";
import { decodeSchedule, type ScheduleRecord } from "../records/schedule-record.ts";
import { decodeValue } from "../records/state-text.ts";

/** What is stored of one actor, shortened for a viewer. */
export interface KeyLook {
  readonly meta: MetaRecord;
  /** The stored state; `undefined` when there is none. */
  readonly state: { readonly value: unknown } | undefined;
  /** Schedules, the next one first. */
  readonly schedules: readonly (ScheduleRecord & { readonly id: string })[];
  readonly moreSchedules: boolean;
  /** Queues that hold messages, by name. */
  readonly queues: readonly QueueLook[];
}

/** The oldest messages of a queue, without their bodies. */
export interface QueueLook {
  readonly name: string;
  readonly head: readonly Omit<QueueRecord, "body">[];
  readonly more: boolean;
  readonly setAside: readonly Omit<SetAsideRecord, "body">[];
  readonly moreSetAside: boolean;
}

const MAX_SCHEDULES = 100;
const MAX_MESSAGES = 20;
const MAX_QUEUES = 100;
/** Schedules that are read to find those that are due next. */
const READ_SCHEDULES = 1_000;
/** Actors of a type that are counted. */
const MAX_COUNTED = 10_000;
const PAGE = 1_000;
/** Comes after all texts that continue a prefix, except for those that begin with it. */
const LAST = "\u{10FFFF}";

/**
 * Reads what is stored of an actor. It is neither woken nor kept awake. What is damaged is left out.
 *
 * @returns `undefined` when there is nothing
 */
export async function lookAt(store: Store, owner: Owner): Promise<KeyLook | undefined> {
  const [recordKey, ownStateKey] = [metaKey(owner), stateKey(owner)];
  const { entries } = await store.load({ keys: [recordKey, ownStateKey] });
  const record = entries.find(({ key }) => key === recordKey);
  if (record === undefined) return undefined;
  const stored = entries.find(({ key }) => key === ownStateKey);
  return {
    meta: decodeMeta(recordKey, record.value),
    state: stored === undefined ? undefined : { value: decodeValue(ownStateKey, stored.value) },
    ...(await lookAtSchedules(store, owner)),
    queues: await lookAtQueues(store, owner),
  };
}

async function lookAtSchedules(
  store: Store,
  owner: Owner,
): Promise<Pick<KeyLook, "schedules" | "moreSchedules">> {
  const page = await store.list(schedulePrefix(owner), { limit: READ_SCHEDULES });
  const all = page.entries
    .flatMap(({ key, value }) => {
      const id = scheduleIdOf(owner, key);
      const schedule = readable(() => decodeSchedule(key, value));
      return id === undefined || schedule === undefined ? [] : [{ ...schedule, id }];
    })
    .sort((one, other) => one.dueAtMs - other.dueAtMs);
  const moreSchedules = page.cursor !== undefined || all.length > MAX_SCHEDULES;
  return { schedules: all.slice(0, MAX_SCHEDULES), moreSchedules };
}

async function lookAtQueues(store: Store, owner: Owner): Promise<QueueLook[]> {
  const names = new Set([
    ...(await queueNames(store, queuePrefix(owner))),
    ...(await queueNames(store, setAsidePrefix(owner))),
  ]);
  const queues: QueueLook[] = [];
  for (const name of [...names].sort().slice(0, MAX_QUEUES)) {
    const head = await messagesIn(store, queuePrefix(owner, name), decodeQueued);
    const setAside = await messagesIn(store, setAsidePrefix(owner, name), decodeSetAside);
    queues.push({
      name,
      head: head.messages,
      more: head.more,
      setAside: setAside.messages,
      moreSetAside: setAside.more,
    });
  }
  return queues;
}

/** Returns the names of the queues under `prefix`: one read for each, however many messages they hold. */
async function queueNames(store: Store, prefix: string): Promise<string[]> {
  const names: string[] = [];
  let cursor = prefix;
  while (names.length < MAX_QUEUES) {
    const { keys } = await store.listKeys(prefix, { limit: 1, cursor });
    const [key] = keys;
    const queue = key === undefined ? undefined : parseQueueKey(key)?.queue;
    if (key === undefined) return names;
    if (queue !== undefined) names.push(queue);
    cursor = queue === undefined ? key : `${prefix}${queue}/${LAST}`;
  }
  return names;
}

async function messagesIn<Message extends { readonly body: unknown }>(
  store: Store,
  prefix: string,
  decode: (key: string, value: Uint8Array) => Message,
): Promise<{ readonly messages: Omit<Message, "body">[]; readonly more: boolean }> {
  const page = await store.list(prefix, { limit: MAX_MESSAGES });
  const messages = page.entries.flatMap(({ key, value }: StoredEntry) => {
    const message = readable(() => decode(key, value));
    if (message === undefined) return [];
    const { body: _body, ...others } = message;
    return [others];
  });
  return { messages, more: page.cursor !== undefined };
}

/** The names of the types of all stored actors, in order: one read for each. */
export async function storedTypes(store: Store): Promise<string[]> {
  const types: string[] = [];
  let cursor = "m/";
  for (;;) {
    const { keys } = await store.listKeys("m/", { limit: 1, cursor });
    const [key] = keys;
    if (key === undefined) return types;
    const type = parseMetaKey(key)?.type;
    if (type !== undefined && type !== types.at(-1)) types.push(type);
    cursor = type === undefined ? key : `m/${type}/${LAST}`;
    if (cursor <= key) return types; // a key of characters that no text contains
  }
}

/** Counts the stored actors of a type, up to a limit; one page in each turn, since a store may read in this thread. */
export async function countStored(
  store: Store,
  type: string,
): Promise<{ readonly count: number; readonly more: boolean }> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const options = cursor === undefined ? { limit: PAGE } : { limit: PAGE, cursor };
    const page = await store.listKeys(`m/${type}/`, options);
    count += page.keys.length;
    cursor = page.cursor;
    if (cursor !== undefined) await nextTurn();
  } while (cursor !== undefined && count < MAX_COUNTED);
  return { count, more: cursor !== undefined };
}

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
