import type { Clock } from "../../base/clock.ts";
import type { Store } from "../../store/contract/store.ts";
import type { AwakeReason } from "../../telemetry/attributes.ts";
import type { QueueRecord } from "../records/queue-record.ts";
import type { Owner } from "../records/record-keys.ts";
import type { StoredCause } from "../schedule/cause.ts";
import type { CommitBuffer } from "../schedule/commit-buffer.ts";
import type { EndMessageSpan } from "./message-span.ts";
import type { QueueAsks } from "./queue-asks.ts";
import type { QueuePoints } from "./queue-points.ts";

/** Why queues keep an actor awake: a message is handed out, or its sender waits for the reply. */
type QueueHold = typeof AwakeReason.QueueMessage | typeof AwakeReason.Internal;

/** What the queues of one life of an activation use. */
export interface QueueHost {
  readonly actorId: string;
  /** Where the actor's records are. */
  readonly owner: Owner;
  readonly clock: Clock;
  /** For messages that are not in memory, and those set aside. */
  readonly store: Pick<Store, "load" | "list">;
  readonly buffer: CommitBuffer;
  readonly points: QueuePoints;
  readonly asks: QueueAsks;
  /** Returns the number of the next message; numbers of an actor are never used twice. */
  nextSequence(): number;
  /** What is stored of the code that is running. */
  cause(): StoredCause;
  /**
   * Keeps the actor awake until the returned function is called.
   *
   * @param queue for which queue
   */
  hold(reason: QueueHold, queue: string): () => void;
  /** Opens the span of a message that is handed out. */
  openSpan(queue: string, record: QueueRecord): EndMessageSpan;
  /** Called when the running code begins to wait for messages; returns what to call when it goes on. */
  wait(): () => void;
  /** Tells the index of due times when the actor is to be woken. */
  notice(dueAtMs: number): void;
  /** Called when the completion of a message is stored. */
  completed(): void;
  log(level: "warn" | "error", fields: object, text: string): void;
}
