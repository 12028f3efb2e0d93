/*
 * Who talks to whom, by type of actor: plain JSON data, as in `snapshot`. An edge leads from those who send to the type
 * that they send to.
 */

/**
 * What kind of code sends a message.
 *
 * @enum
 */
export const SenderKind = {
  /** Code of an actor. */
  Actor: "actor",
  /** A client of a gateway, without an actor in between. */
  Outside: "outside",
  /** Code of the program that belongs to no actor. */
  Program: "program",
  /** Senders beyond the limits on types and pairs of types. */
  Other: "other",
} as const;
export type SenderKind = (typeof SenderKind)[keyof typeof SenderKind];

/** What has passed over an edge in the latest period, of which {@link SystemInteractions} has the length. */
export interface RecentInteraction {
  /** Messages sent. */
  readonly sent: number;
  /** The same for each second. */
  readonly perSecond: number;
  /** Asks that were rejected; other messages that were lost or refused, or whose handler failed. */
  readonly failed: number;
  /** 95th percentile of the time from sending an ask to its end; `null` without asks. */
  readonly p95Ms: number | null;
}

/** An edge: what one kind of sender has sent to the actors of one type. */
export interface InteractionRow {
  /** What kind of code has sent the messages. */
  readonly fromKind: SenderKind;
  /** The type of the sending actors; `null` for senders that are no actors. */
  readonly from: string | null;
  /** The type of the receiving actors. */
  readonly to: string;
  /** Messages sent so far. The edges to a type add up to all messages sent to it. */
  readonly sent: number;
  /** Asks that were rejected so far; other messages that were lost or refused, or whose handler failed. */
  readonly failed: number;
  /** Median of the time from sending an ask to its end, of all so far; `null` without asks. */
  readonly p50Ms: number | null;
  /** 95th percentile of that time. */
  readonly p95Ms: number | null;
  /** The latest period. */
  readonly recent: RecentInteraction;
}

/** The edges of one system. */
export interface SystemInteractions {
  /** Name of the system. */
  readonly system: string;
  /** Length of the latest period: about a minute, or the age of a younger system. */
  readonly windowMs: number;
  /** The edges, those with the most messages in the latest period first. */
  readonly edges: readonly InteractionRow[];
  /** Number of edges left out because of the limit. */
  readonly hidden: number;
}

/** Response of `GET /api/interactions`. */
export interface Interactions {
  /** The systems with their edges. */
  readonly systems: readonly SystemInteractions[];
}
