import type { Clock } from "../../base/clock.ts";
import type { Owner } from "../records/record-keys.ts";
import type { StoredCause } from "./cause.ts";
import type { CommitBuffer } from "./commit-buffer.ts";
import type { FailedRuns } from "./failed-runs.ts";
import type { Fire } from "./fire.ts";
import type { SchedulePoints } from "./schedule-points.ts";

/** What the schedules of one life of an activation use. */
export interface ScheduleHost {
  readonly actorId: string;
  /** Where the actor's records are. */
  readonly owner: Owner;
  readonly clock: Clock;
  readonly maxSchedules: number;
  readonly buffer: CommitBuffer;
  readonly points: SchedulePoints;
  readonly failed: FailedRuns;
  /** For how long the process has been able to run schedules. */
  upMs(): number;
  hasMessage(messageType: string): boolean;
  /** What is stored of the code that is running. */
  cause(): StoredCause;
  /** Puts the message of a due schedule into the mailbox, unless the actor ends. */
  send(fire: Fire): void;
  /** Tells the index of due times about one that was stored. */
  notice(dueAtMs: number): void;
  /** Tells the index of due times that the result of a run is stored. */
  succeeded(): void;
  log(level: "warn" | "error", fields: object, text: string): void;
}
