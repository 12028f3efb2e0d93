import { errorType, LimelightError } from "../../base/errors.ts";
import { errorMessage } from "../../base/foreign-value.ts";
import { Refusal } from "../../http/refusal.ts";
import { operate } from "../../monitor/operations.ts";
import type { Action, ActionResult } from "../../wire/answers.ts";
import type { Sources } from "../events/sources.ts";
import { ProblemCode } from "../problem.ts";
import { readActorId } from "./actor-id.ts";

const MAX_ARGUMENTS = 16;
const KEYS: Readonly<Record<Action["action"], readonly string[]>> = {
  stop: ["action", "id"],
  restart: ["action", "id"],
  kill: ["action", "id"],
  send: ["action", "id", "messageType", "args"],
};

/** Actions of viewers on actors. They are refused unless the console allows them. */
export class Actions {
  readonly #sources: Sources;
  readonly allowed: boolean;

  constructor(sources: Sources, allowed: boolean) {
    this.#sources = sources;
    this.allowed = allowed;
  }

  /** @throws {@link Refusal} 403 when the console does not allow actions */
  requireAllowed(): void {
    if (this.allowed) return;
    throw new Refusal(
      ProblemCode.ActionsOff,
      "this console only shows; `allowActions: true` lets it act",
    );
  }

  /**
   * Performs an action.
   *
   * @param asked an {@link Action} that has not been validated yet
   * @throws {@link Refusal} 400, 403, 404, or 409 with the reason when the action cannot be performed
   */
  async take(asked: unknown): Promise<ActionResult> {
    this.requireAllowed();
    const action = requireAction(asked);
    for (const { system } of this.#sources.all()) {
      const state = await this.#try(() => operate(system, action));
      if (state !== undefined) return { action: action.action, id: action.id, state };
    }
    throw new Refusal(ProblemCode.NotFound, "there is no such actor, or no longer");
  }

  async #try<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!LimelightError.is(error)) throw error;
      const message = `${errorType(error)}: ${errorMessage(error)}`;
      throw new Refusal(ProblemCode.ActionFailed, message, { cause: error });
    }
  }
}

/** @throws {@link Refusal} 400 */
function requireAction(asked: unknown): Action {
  if (typeof asked !== "object" || asked === null) throw refuse("an action is an object");
  const { action, id, messageType, args } = asked as Record<string, unknown>;
  if (typeof action !== "string" || !Object.hasOwn(KEYS, action)) {
    throw refuse(`\`action\` must be one of ${Object.keys(KEYS).join(", ")}`);
  }
  const keys = KEYS[action as Action["action"]];
  const unknown = Object.keys(asked).filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw refuse(`\`${action}\` takes ${keys.join(", ")}`);
  if (typeof id !== "string") throw refuse("`id` must be the id of an actor");
  const target = { action, id: readActorId(id) };
  if (action !== "send") return target as Action;
  if (typeof messageType !== "string") throw refuse("`messageType` must be the name of a message");
  if (!Array.isArray(args) || args.length > MAX_ARGUMENTS) {
    throw refuse(`\`args\` must be a list of at most ${MAX_ARGUMENTS} values`);
  }
  return { ...target, messageType, args } as Action;
}

function refuse(message: string): Refusal {
  return new Refusal(ProblemCode.BadRequest, message);
}
