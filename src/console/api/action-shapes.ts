import { Refusal } from "../../http/refusal.ts";
import type { Action } from "../../wire/answers.ts";
import type { DeadLetterAction } from "../../wire/cluster.ts";
import type { KeyAction } from "../../wire/keys.ts";
import { ProblemCode } from "../problem.ts";
import { readActorId } from "./actor-id.ts";

const MAX_ARGUMENTS = 16;

/** Fields of each action on an actor. */
const ACTOR_KEYS: Readonly<Record<Action["action"], readonly string[]>> = {
  stop: ["action", "id"],
  restart: ["action", "id"],
  kill: ["action", "id"],
  send: ["action", "id", "messageType", "args"],
};

/** Fields of each action on a key. All are texts, and all but `system` are required. */
const KEY_KEYS: Readonly<Record<KeyAction["action"], readonly string[]>> = {
  wake: ["action", "id", "system"],
  sleep: ["action", "id", "system"],
  destroy: ["action", "id", "system"],
  cancel_schedule: ["action", "id", "system", "scheduleId"],
  run_schedule: ["action", "id", "system", "scheduleId"],
  requeue: ["action", "id", "system", "queue", "messageId"],
  close_connection: ["action", "id", "system", "connectionId"],
};
/** Fields of each action on a dead letter, likewise. */
const LETTER_KEYS: Readonly<Record<DeadLetterAction["action"], readonly string[]>> = {
  resend_dead_letter: ["action", "id", "system"],
  discard_dead_letter: ["action", "id", "system"],
};
const KEYS: Readonly<Record<string, readonly string[]>> = {
  ...ACTOR_KEYS,
  ...KEY_KEYS,
  ...LETTER_KEYS,
};

/** What viewers may ask for. */
export type AnyAction = Action | KeyAction | DeadLetterAction;

/** Returns whether an action is on a key, rather than on an actor in memory. */
export function isKeyAction(action: AnyAction): action is KeyAction {
  return Object.hasOwn(KEY_KEYS, action.action);
}

/** Returns whether an action is on a dead letter of a cluster. */
export function isDeadLetterAction(action: AnyAction): action is DeadLetterAction {
  return Object.hasOwn(LETTER_KEYS, action.action);
}

/**
 * Returns what a request asks for.
 *
 * @throws {@link Refusal} 400 when it is not an action
 */
export function requireAction(asked: unknown): AnyAction {
  if (typeof asked !== "object" || asked === null) throw refuse("an action is an object");
  const { action, id } = asked as Record<string, unknown>;
  if (typeof action !== "string" || !Object.hasOwn(KEYS, action)) {
    throw refuse(`\`action\` must be one of ${Object.keys(KEYS).join(", ")}`);
  }
  const keys = KEYS[action] ?? [];
  const unknown = Object.keys(asked).filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw refuse(`\`${action}\` takes ${keys.join(", ")}`);
  if (typeof id !== "string") throw refuse("`id` must be the id of an actor, key or dead letter");
  return Object.hasOwn(ACTOR_KEYS, action)
    ? requireActorAction(asked as Record<string, unknown>, id)
    : requireTexts(asked as Record<string, unknown>, keys);
}

function requireActorAction(asked: Record<string, unknown>, id: string): Action {
  const { action, messageType, args } = asked;
  const target = { action, id: readActorId(id) };
  if (action !== "send") return target as Action;
  if (typeof messageType !== "string") throw refuse("`messageType` must be the name of a message");
  if (!Array.isArray(args) || args.length > MAX_ARGUMENTS) {
    throw refuse(`\`args\` must be a list of at most ${MAX_ARGUMENTS} values`);
  }
  return { ...target, messageType, args } as Action;
}

function requireTexts(
  asked: Record<string, unknown>,
  keys: readonly string[],
): KeyAction | DeadLetterAction {
  for (const key of keys) {
    const missing = key === "system" && asked[key] === undefined;
    if (!missing && typeof asked[key] !== "string") throw refuse(`\`${key}\` must be a text`);
  }
  return asked as KeyAction | DeadLetterAction;
}

function refuse(message: string): Refusal {
  return new Refusal(ProblemCode.BadRequest, message);
}
