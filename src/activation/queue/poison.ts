import { errorType } from "../../base/errors.ts";
import { thrownText } from "../../base/foreign-value.ts";
import { decodeSetAside, type QueueRecord, type SetAsideRecord } from "../records/queue-record.ts";
import { parseQueueKey, setAsidePrefix } from "../records/record-keys.ts";
import { reportDamaged } from "./message-reader.ts";
import type { QueueHost } from "./queue-host.ts";

const MAX_TEXT = 500;
const MAX_LISTED = 100;

/** Returns a message in the form in which it is set aside. Of its last error, code or class and text are kept. */
export function setAsideRecord(
  record: QueueRecord,
  setAsideAtMs: number,
  error: unknown,
): SetAsideRecord {
  if (error === undefined) return { ...record, setAsideAtMs };
  const text = thrownText(error);
  const errorText = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return { ...record, setAsideAtMs, errorType: errorType(error), errorText };
}

/** A message that was set aside, and its number. */
interface SetAside {
  readonly sequence: number;
  readonly record: SetAsideRecord;
}

/** Returns the oldest messages of a queue that were set aside. */
export async function readSetAside(host: QueueHost, queue: string): Promise<readonly SetAside[]> {
  const prefix = setAsidePrefix(host.owner, queue);
  const { entries } = await host.store.list(prefix, { limit: MAX_LISTED });
  return entries.flatMap(({ key, value }) => {
    const sequence = parseQueueKey(key)?.sequence;
    if (sequence === undefined) return [];
    try {
      return [{ sequence, record: decodeSetAside(key, value) }];
    } catch (thrown) {
      reportDamaged(host.log, queue, thrown);
      return [];
    }
  });
}
