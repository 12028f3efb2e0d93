import type { Store, StoredEntry } from "../../store/contract/store.ts";
import { decodeQueued } from "../records/queue-record.ts";
import { type Owner, parseQueueKey, queuePrefix } from "../records/record-keys.ts";
import { reportDamaged } from "./message-reader.ts";
import type { QueueHost } from "./queue-host.ts";
import { QueueSlot, QueueSlots } from "./queue-slots.ts";

const PAGE = 1_000;

/** The stored messages of an actor, by queue. */
export interface StoredQueues {
  readonly queues: ReadonlyMap<string, QueueSlots>;
  /** The highest number of a message; 0 without any. */
  readonly lastSequence: number;
}

/**
 * Sorts the loaded messages of an actor into queues. Where not all were loaded, the numbers of the others are read, in
 * pages; their bodies are read when they are handed out.
 *
 * @param entries what was loaded of the actor, in order
 * @param partial whether there are more messages in the store
 */
export async function readQueues(
  entries: readonly StoredEntry[],
  partial: boolean,
  owner: Owner,
  store: Pick<Store, "listKeys">,
  log: QueueHost["log"],
): Promise<StoredQueues> {
  const queues = new Map<string, QueueSlots>();
  let lastSequence = 0;
  let lastKey: string | undefined;
  const add = (key: string, value: Uint8Array | undefined): void => {
    lastKey = key;
    const place = parseQueueKey(key);
    if (place === undefined) return;
    const { queue, sequence } = place;
    lastSequence = Math.max(lastSequence, sequence);
    const slots = queues.get(queue) ?? new QueueSlots();
    queues.set(queue, slots);
    try {
      const record = value === undefined ? undefined : decodeQueued(key, value);
      slots.add(new QueueSlot(sequence, record), value?.byteLength ?? 0);
    } catch (thrown) {
      reportDamaged(log, queue, thrown);
    }
  };
  const prefix = queuePrefix(owner);
  for (const { key, value } of entries) if (key.startsWith(prefix)) add(key, value);
  for (let more = partial; more; ) {
    const after = lastKey === undefined ? {} : { cursor: lastKey };
    const { keys, cursor } = await store.listKeys(prefix, { limit: PAGE, ...after });
    for (const key of keys) add(key, undefined);
    more = cursor !== undefined;
  }
  return { queues, lastSequence };
}
