import { randomBytes } from "node:crypto";

/** Tells the actors of one process from those of another in logs that are read together. */
const PROCESS_TAG = randomBytes(3).toString("hex");

let lastNumber = 0;

/** A number no other actor of this process has. */
export function nextActorNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

/** The number of the actor that was made last. */
export function newestActorNumber(): number {
  return lastNumber;
}

/** The id of an actor as spans and logs carry it, for example `payment/3f9a1c-2r`. */
export function formatActorId(type: string, actorNumber: number): string {
  return `${type}/${PROCESS_TAG}-${actorNumber.toString(36)}`;
}
