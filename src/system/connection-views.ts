import type { Activation } from "../activation/activation/activation.ts";
import type { ConnectionRecord } from "../activation/connection/connection-record.ts";
import type { ConnectionList, ConnectionRow } from "../wire/keys.ts";

/** Returns the oldest connections of an activation, at most `limit` of them. */
export function lookAtConnections({ connections }: Activation, limit: number): ConnectionList {
  const rows: ConnectionRow[] = [];
  for (const record of connections?.openRecords() ?? []) {
    if (rows.length >= limit) break;
    rows.push(rowOf(record));
  }
  return { total: connections?.view.size ?? 0, connections: rows };
}

function rowOf({
  id,
  outlet,
  openedAtMs,
  request,
  subscriptions,
}: ConnectionRecord): ConnectionRow {
  const figures = outlet.figuresOf?.(id);
  return {
    id,
    callerId: figures?.callerId ?? null,
    openedAtMs,
    receivedAtMs: figures?.receivedAtMs ?? null,
    resumed: request.last !== undefined,
    events: [...subscriptions].sort(),
    sent: figures?.sent ?? null,
    dropped: figures?.dropped ?? null,
    bufferedBytes: figures?.bufferedBytes ?? null,
  };
}
