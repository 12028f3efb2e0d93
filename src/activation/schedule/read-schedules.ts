import { toError } from "../../base/errors.ts";
import type { StoredEntry } from "../../store/contract/store.ts";
import { type Owner, scheduleIdOf } from "../records/record-keys.ts";
import { decodeSchedule, type ScheduleRecord } from "../records/schedule-record.ts";
import type { ScheduleHost } from "./schedule-host.ts";

/**
 * Yields the schedules among what was loaded of an actor. One that cannot be read is logged and stays stored; the
 * others are not affected.
 */
export function* readSchedules(
  entries: Iterable<StoredEntry>,
  owner: Owner,
  log: ScheduleHost["log"],
): Generator<readonly [id: string, record: ScheduleRecord]> {
  for (const { key, value } of entries) {
    const id = scheduleIdOf(owner, key);
    if (id === undefined) continue;
    try {
      yield [id, decodeSchedule(key, value)];
    } catch (thrown) {
      const fields = { event: "actor.schedule.damaged", schedule_id: id, err: toError(thrown) };
      log("error", fields, "a schedule cannot be read and will not run");
    }
  }
}
