import type { InteractionRow } from "../../src/wire/interactions.ts";

/** Returns an edge from one type to another; from the program if `from` is empty. */
export function edge(
  from: string,
  to: string,
  sent = 1,
  recent: Partial<InteractionRow["recent"]> = {},
): InteractionRow {
  return {
    fromKind: from === "" ? "program" : "actor",
    from: from === "" ? null : from,
    to,
    sent,
    failed: recent.failed ?? 0,
    p50Ms: null,
    p95Ms: null,
    recent: { sent, perSecond: sent / 60, failed: 0, p95Ms: null, ...recent },
  };
}
