import type { InteractionRow } from "../../wire/interactions.ts";
import { failedShare, senderName } from "./edge-texts.ts";

/** The columns of the table of edges by which it can be sorted. */
export const EdgeSort = {
  From: "from",
  To: "to",
  Rate: "messages",
  Failed: "failed",
  P95: "p95",
  Sent: "sent",
  Failures: "failures",
} as const;
export type EdgeSort = (typeof EdgeSort)[keyof typeof EdgeSort];

/** Returns the edges that lead from or to a type whose name contains `text`, in upper or lower case. */
export function filterEdges(
  rows: readonly InteractionRow[],
  text: string,
): readonly InteractionRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return rows;
  return rows.filter((row) =>
    [senderName(row), row.to].some((name) => name.toLowerCase().includes(wanted)),
  );
}

/** Returns the edges in the given order. */
export function sortEdges(
  rows: readonly InteractionRow[],
  key: string,
  descending: boolean,
): readonly InteractionRow[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => sign * compare(a, b, key) || b.recent.sent - a.recent.sent);
}

function compare(a: InteractionRow, b: InteractionRow, key: string): number {
  switch (key) {
    case EdgeSort.From:
      return compareTexts(senderName(a), senderName(b));
    case EdgeSort.To:
      return compareTexts(a.to, b.to);
    case EdgeSort.Failed:
      return failedShare(a) - failedShare(b);
    case EdgeSort.P95:
      return (a.recent.p95Ms ?? -1) - (b.recent.p95Ms ?? -1);
    case EdgeSort.Sent:
      return a.sent - b.sent;
    case EdgeSort.Failures:
      return a.failed - b.failed;
    default:
      return a.recent.perSecond - b.recent.perSecond;
  }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
