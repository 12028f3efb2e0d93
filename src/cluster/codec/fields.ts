import { ownerAt } from "../protocol/address.ts";
import type { Checkpoint } from "../protocol/checkpoint.ts";
import { LIMITS } from "../protocol/limits.ts";
import { invalid } from "./json.ts";
import { integer, matching, object, type Shape, text } from "./shape.ts";

/** Id of a runner or node, as a token of a subject. */
export const id: Shape<string> = matching(
  LIMITS.idLength,
  /^[\w-]+$/,
  "of letters, digits, - and _",
);

/** Address of an actor. */
export const address: Shape<string> = (value, path) => {
  const given = text(LIMITS.addressLength, 1)(value, path);
  if (ownerAt(given) === undefined) throw invalid(`${path} must be the address of an actor`);
  return given;
};

/** Number of an activation; 0 before the first. */
export const generation: Shape<number> = integer(0);

/** Index of a command or event; 0 before the first. */
export const index: Shape<number> = integer(0);

export const checkpoint: Shape<Checkpoint> = object<Checkpoint>({
  address,
  generation: integer(1),
  index: integer(1),
});

/** A short, constant text, such as a reason or code. */
export const reason: Shape<string> = text(LIMITS.reasonLength, 1);
