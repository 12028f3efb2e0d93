import { randomBytes } from "node:crypto";

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

const NAME_BYTES = 12;
/** Random bytes for the next names: a call for many costs about as much as one for a few. */
let pool: Buffer = Buffer.alloc(0);

/** Returns a random name of 16 characters of `A-Z a-z 0-9 _ -`. */
export function randomName(): string {
  if (pool.length < NAME_BYTES) pool = randomBytes(NAME_BYTES * 128);
  const name = pool.toString("base64url", 0, NAME_BYTES);
  pool = pool.subarray(NAME_BYTES);
  return name;
}
