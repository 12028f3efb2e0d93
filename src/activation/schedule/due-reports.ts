import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import type { DueIndexParts } from "./due-index.ts";

/** Logs what an index of due times reports. */
export function dueReports(
  system: SystemRuntime,
): Pick<DueIndexParts, "unknownType" | "unreadable"> {
  return {
    unknownType(type): void {
      const text = "schedules are due of a type that this system does not have";
      system.warn("actor.schedule.unknown_type", type, { target_type: type }, text);
    },
    unreadable(error, retryMs): void {
      const fields = { retry_ms: retryMs, err: error };
      system.warn("actor.schedule.unreadable", "", fields, "due schedules could not be read");
    },
  };
}
