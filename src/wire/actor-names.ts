import type { ActorRow } from "./snapshot.ts";

/** More digits than any id's number has. */
const NUMBER_DIGITS = 10;

/** Returns the name of an actor, or its id if it has no name. */
export function actorLabel({ id, name }: Pick<ActorRow, "id" | "name">): string {
  return name ?? id;
}

/** Returns a sort key by label. Ids sort by their numbers: `-10` follows `-9`. */
export function labelSortKey({ id, name }: Pick<ActorRow, "id" | "name">): string {
  if (name !== null) return name;
  const at = id.lastIndexOf("-") + 1;
  return id.slice(0, at) + id.slice(at).padStart(NUMBER_DIGITS, "0");
}

/** Returns a filter for rows whose id (which begins with the type) or name contains `text`, ignoring case. */
export function nameMatcher(text: string): (row: Pick<ActorRow, "id" | "name">) => boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return () => true;
  return ({ id, name }) =>
    id.toLowerCase().includes(wanted) || (name?.toLowerCase().includes(wanted) ?? false);
}
