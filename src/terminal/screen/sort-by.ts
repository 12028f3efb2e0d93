import { SortKey } from "../../viewer/tree.ts";

/** Sort orders of actors, and their keys. */
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

/** Returns the default direction: highest first for numbers, oldest first, and names ascending. */
export function usualOrder(by: SortBy): Order {
  return { by, descending: by !== SortBy.Id && by !== SortBy.Name };
}

/** Returns the viewer's sort key. Ids are numbered in the order in which actors are spawned. */
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
