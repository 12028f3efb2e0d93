import { keyIdOf } from "./keys.ts";
import type { ActorRow } from "./snapshot.ts";

/** More digits than any id's number has. */
const NUMBER_DIGITS = 10;

/** The fields of a row that name its actor. */
type Named = Pick<ActorRow, "id" | "name" | "keyed">;

/**
 * Returns the name of an actor; `null` if it has none. The name of a keyed actor is the id of its key and its
 * generation: `room/lobby #3`.
 */
export function actorName({ id, name, keyed }: Named): string | null {
  if (name !== null || keyed === undefined) return name;
  const { key, generation } = keyed;
  const number = generation === null ? "" : ` #${generation}`;
  return keyIdOf(id.slice(0, id.indexOf("/")), key) + number;
}

/** Returns the name of an actor, or its id if it has no name. */
export function actorLabel(row: Named): string {
  return actorName(row) ?? row.id;
}

/** Returns a sort key by label. Ids sort by their numbers: `-10` follows `-9`. */
export function labelSortKey(row: Named): string {
  const { id } = row;
  const name = actorName(row);
  if (name !== null) return name;
  const at = id.lastIndexOf("-") + 1;
  return id.slice(0, at) + id.slice(at).padStart(NUMBER_DIGITS, "0");
}

/** Returns a filter for rows whose id (which begins with the type), name or key contains `text`, ignoring case. */
export function nameMatcher(text: string): (row: Named) => boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return () => true;
  return (row) =>
    row.id.toLowerCase().includes(wanted) || actorLabel(row).toLowerCase().includes(wanted);
}
