import { randomBytes, randomUUID } from "node:crypto";

/** Distinguishes the actors of one process from those of another in combined logs. */
const PROCESS_TAG = randomBytes(3).toString("hex");

let lastNumber = 0;

/** Returns a number that is unique among the actors of this process. */
export function nextActorNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

/** Returns the number of the most recently created actor. */
export function newestActorNumber(): number {
  return lastNumber;
}

/** Returns the id of an actor as used on spans and in logs, for example `payment/3f9a1c-2r`. */
export function formatActorId(type: string, actorNumber: number): string {
  return `${type}/${PROCESS_TAG}-${actorNumber.toString(36)}`;
}

/** Returns a random name of 36 characters of `0-9 a-f -`. */
export function randomName(): string {
  return randomUUID();
}
