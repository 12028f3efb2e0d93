import type { ActorRow } from "./snapshot.ts";

/** Longer than the number of any id. */
const NUMBER_DIGITS = 10;

/**
 * The number of an actor, which grows with each actor of its process: the base-36 digits at the end of
 * its id. An id without a number comes last.
 */
export function actorNumber(id: string): number {
  const dash = id.lastIndexOf("-");
  const number = dash === -1 ? Number.NaN : Number.parseInt(id.slice(dash + 1), 36);
  return Number.isNaN(number) ? Number.MAX_SAFE_INTEGER : number;
}

/** What an actor is called: its name, or its id where it has none. */
export function actorLabel({ id, name }: Pick<ActorRow, "id" | "name">): string {
  return name ?? id;
}

/** A text that sorts actors by their labels, with numbers of ids in their order: `-a` follows `-9`. */
export function labelSortKey({ id, name }: Pick<ActorRow, "id" | "name">): string {
  if (name !== null) return name;
  const at = id.lastIndexOf("-") + 1;
  return id.slice(0, at) + id.slice(at).padStart(NUMBER_DIGITS, "0");
}

/** Whether `text` is part of an id, which begins with the type, or of a name, in any case. */
export function nameMatcher(text: string): (row: Pick<ActorRow, "id" | "name">) => boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return () => true;
  return ({ id, name }) =>
    id.toLowerCase().includes(wanted) || (name?.toLowerCase().includes(wanted) ?? false);
}
