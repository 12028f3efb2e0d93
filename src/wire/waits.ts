import type { WaiterRow } from "./answers.ts";
import { type ActorRow, WaitKind, type WaitRow } from "./snapshot.ts";

/** The part of a wait that says what it is for. */
export type WaitSubject = Pick<WaitRow, "kind" | "messageType" | "targetId">;

/** What a wait is for, as the rest of a sentence that begins with the waiting actor. */
export function waitText({ kind, messageType, targetId }: WaitSubject): string {
  switch (kind) {
    case WaitKind.Ask:
      return `asks ${messageType} of ${targetId}`;
    case WaitKind.Mailbox:
      return `waits for room to send ${messageType} to ${targetId}`;
    case WaitKind.Start:
      return `waits for the start of ${targetId}`;
    case WaitKind.Stop:
      return `waits for the end of ${targetId}`;
    case WaitKind.Task:
      return `waits for a task of ${targetId}`;
  }
}

/** The actors that wait for `id`, those that have waited longest first. */
export function waitersFor(
  id: string,
  rows: Iterable<Pick<ActorRow, "id" | "type" | "waits">>,
): readonly WaiterRow[] {
  const waiters: WaiterRow[] = [];
  for (const row of rows) {
    for (const wait of row.waits) {
      if (wait.targetId === id) waiters.push({ id: row.id, type: row.type, wait });
    }
  }
  return waiters.sort((one, other) => one.wait.sinceAtMs - other.wait.sinceAtMs);
}
