import type { WaiterRow } from "./answers.ts";
import { type ActorRow, WaitKind, type WaitRow } from "./snapshot.ts";

/** The fields of a wait that describe what it is for. */
export type WaitSubject = Pick<WaitRow, "kind" | "messageType" | "targetId">;

/** Describes a wait as the predicate of a sentence whose subject is the waiting actor. */
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

/** Returns the actors that wait for `id`, longest wait first. */
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
