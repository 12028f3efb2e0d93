import type { InteractionRow } from "../../wire/interactions.ts";
import { durationText, percentText, plural, rateText } from "../format.ts";

/** Names of the senders that are no actors. In brackets, so that they are not mistaken for types. */
const OTHERS = { outside: "(outside)", program: "(program)", other: "(other)" } as const;

/** Returns the name of the node from which an edge leads. */
export function senderName({ fromKind, from }: Pick<InteractionRow, "fromKind" | "from">): string {
  return fromKind === "actor" ? (from ?? "") : OTHERS[fromKind];
}

/** Returns a unique name of an edge within its system. */
export function edgeId(row: InteractionRow): string {
  return `${senderName(row)} → ${row.to}`;
}

/** Returns what is written at an edge: the rate, and the 95th percentile of its asks. */
export function edgeLabel({ recent }: InteractionRow): string {
  const { perSecond, p95Ms } = recent;
  const rate = `${rateText(perSecond)}/s`;
  return p95Ms === null ? rate : `${rate} · p95 ${durationText(p95Ms)}`;
}

/** Returns the share of the messages of the last minute that failed, 0 to 1. */
export function failedShare({ recent }: InteractionRow): number {
  return recent.sent === 0 ? 0 : Math.min(1, recent.failed / recent.sent);
}

/** Returns an edge as a sentence. */
export function edgeSentence(row: InteractionRow): string {
  const { sent, failed } = row.recent;
  const errors = failed === 0 ? "" : `, ${percentText(failedShare(row))} failed`;
  return `${edgeId(row)}: ${plural(sent, "message")} recently, ${edgeLabel(row)}${errors}`;
}
