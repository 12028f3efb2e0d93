import { conditionOf, severity, type Troubles } from "./condition.ts";
import type { LiveActor } from "./live-actors.ts";

/** What actors are sorted by, and the key that does it. */
export const SortBy = {
  Id: "id",
  Name: "name",
  State: "state",
  Mailbox: "mailbox",
  Rate: "rate",
  Restarts: "restarts",
} as const;
export type SortBy = (typeof SortBy)[keyof typeof SortBy];

/** The order of actors that have the same parent. */
export interface Order {
  readonly by: SortBy;
  readonly descending: boolean;
}

/** By `by`, the way one wants to see it first: the most of what is counted, the oldest and first by name. */
export function usualOrder(by: SortBy): Order {
  return { by, descending: by !== SortBy.Id && by !== SortBy.Name };
}

/**
 * A comparison for `sort`. Actors that are equal in it keep the order in which they came to be; those that
 * have ended come last, unless it is about how actors fare.
 */
export function comparator(
  { by, descending }: Order,
  troubles: Troubles,
): (one: LiveActor, other: LiveActor) => number {
  const direction = descending ? -1 : 1;
  const compare = comparison(by, troubles);
  return (one, other) =>
    (by === SortBy.State ? 0 : compareEnds(one, other)) ||
    direction * compare(one, other) ||
    one.number - other.number;
}

function comparison(by: SortBy, troubles: Troubles): (one: LiveActor, other: LiveActor) => number {
  if (by === SortBy.Name) return (one, other) => compareText(labelOf(one), labelOf(other));
  const number = numberBy(by, troubles);
  return (one, other) => number(one) - number(other);
}

function compareEnds(one: LiveActor, other: LiveActor): number {
  return Number(one.row.stopped !== null) - Number(other.row.stopped !== null);
}

/** What an actor is called: its name, or its id where it has none. */
export function labelOf({ row }: LiveActor): string {
  return row.name ?? row.id;
}

function numberBy(by: Exclude<SortBy, "name">, troubles: Troubles): (actor: LiveActor) => number {
  switch (by) {
    case SortBy.Id:
      return ({ number }) => number;
    case SortBy.State:
      return (actor) => severity(conditionOf(actor, troubles));
    case SortBy.Mailbox:
      return ({ row }) => row.mailbox.depth;
    case SortBy.Rate:
      return ({ rate }) => rate;
    case SortBy.Restarts:
      return ({ row }) => row.supervision.restarts;
  }
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
