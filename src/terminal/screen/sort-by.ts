import { SortKey } from "../../viewer/tree.ts";

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

/** The viewer's name of it. Ids are numbered as actors are spawned. */
export function sortKeyOf(by: SortBy): SortKey {
  switch (by) {
    case SortBy.Id:
      return SortKey.Spawned;
    case SortBy.Name:
      return SortKey.Actor;
    case SortBy.State:
      return SortKey.State;
    case SortBy.Mailbox:
      return SortKey.Mailbox;
    case SortBy.Rate:
      return SortKey.Rate;
    case SortBy.Restarts:
      return SortKey.Restarts;
  }
}
