import { errorMessage, textProperty } from "../../base/foreign-value.ts";

const MAX_LENGTH = 200;
/** An id of an actor: its type, and a number or the key. */
const ACTOR_ID = /(?<![\w$./-])([A-Za-z_$][\w$.-]{0,63})\/\S+/g;
/** What ends an id that is followed by punctuation. */
const PUNCTUATION = /[,;]$/;

/**
 * Returns the text of an error of limelight for callers outside: names of the definition, sizes and times, but neither
 * ids and keys nor the text of the cause, which follows a colon.
 */
export function outsideText(error: object): string {
  const [own = ""] = errorMessage(error).split(": ", 1);
  const actorId = textProperty(error, "actorId");
  const plain = actorId === undefined ? own : own.replaceAll(actorId, typeOf(actorId));
  return plain.replaceAll(ACTOR_ID, withoutId).slice(0, MAX_LENGTH);
}

function typeOf(actorId: string): string {
  const [type = ""] = actorId.split("/", 1);
  return type;
}

function withoutId(id: string): string {
  return typeOf(id) + (PUNCTUATION.exec(id)?.[0] ?? "");
}
