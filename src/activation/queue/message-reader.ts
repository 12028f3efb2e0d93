import { toError } from "../../base/errors.ts";
import type { StoredEntry } from "../../store/contract/store.ts";
import { decodeQueued } from "../records/queue-record.ts";
import { queueKey } from "../records/record-keys.ts";
import type { QueueHost } from "./queue-host.ts";
import type { QueueSlot, QueueSlots } from "./queue-slots.ts";

/** Number of messages that are read at once. */
const READ_AHEAD = 100;

/**
 * Reads the first messages that only the store has. Those that are not there any more, or cannot be read, are left out
 * of the queue; the latter stay stored.
 */
export async function readBodies(host: QueueHost, queue: string, slots: QueueSlots): Promise<void> {
  const missing: QueueSlot[] = [];
  for (const slot of slots.waiting()) {
    if (slot.record === undefined) missing.push(slot);
    if (missing.length === READ_AHEAD) break;
  }
  const keyOf = ({ sequence }: QueueSlot): string => queueKey(host.owner, queue, sequence);
  const { entries } = await host.store.load({ keys: missing.map(keyOf) });
  const found = new Map(entries.map((entry) => [entry.key, entry]));
  for (const slot of missing) {
    if (!slots.has(slot)) continue;
    const entry = found.get(keyOf(slot));
    if (entry !== undefined && fill(host, queue, slots, slot, entry)) continue;
    slots.remove(slot);
    host.points.depth.add(-1);
  }
}

/** @returns whether the message could be read */
function fill(
  host: QueueHost,
  queue: string,
  slots: QueueSlots,
  slot: QueueSlot,
  { key, value }: StoredEntry,
): boolean {
  try {
    slots.fill(slot, decodeQueued(key, value), value.byteLength);
    return true;
  } catch (thrown) {
    reportDamaged(host.log, queue, thrown);
    return false;
  }
}

/** Logs a message that cannot be read. */
export function reportDamaged(log: QueueHost["log"], queue: string, thrown: unknown): void {
  const fields = { event: "actor.queue.damaged", queue, err: toError(thrown) };
  log("error", fields, "a queue message cannot be read and is left out");
}
