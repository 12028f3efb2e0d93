import { errorType, LimelightError } from "../../base/errors.ts";
import { errorMessage } from "../../base/foreign-value.ts";
import { Refusal } from "../../http/refusal.ts";
import { operateOnDeadLetter } from "../../monitor/cluster/dead-letter-operations.ts";
import { operateOnKey } from "../../monitor/keys/key-operations.ts";
import { operate } from "../../monitor/operations.ts";
import type { Action, ActionResult } from "../../wire/answers.ts";
import type { DeadLetterAction, DeadLetterActionResult } from "../../wire/cluster.ts";
import { type KeyAction, type KeyActionResult, keyIdOf } from "../../wire/keys.ts";
import type { Sources } from "../events/sources.ts";
import { ProblemCode } from "../problem.ts";
import { isDeadLetterAction, isKeyAction, requireAction } from "./action-shapes.ts";
import { clusterOf } from "./cluster-reads.ts";
import { readKeyId } from "./key-id.ts";

/** Actions of viewers on actors and keys. They are refused unless the console allows them. */
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
   * @param asked an {@link Action}, {@link KeyAction} or {@link DeadLetterAction} that has not been validated yet
   * @throws {@link Refusal} 400, 403, 404, or 409 with the reason when the action cannot be performed
   */
  async take(asked: unknown): Promise<ActionResult | KeyActionResult | DeadLetterActionResult> {
    this.requireAllowed();
    const action = requireAction(asked);
    if (isDeadLetterAction(action)) return await this.#takeOnDeadLetter(action);
    return isKeyAction(action) ? await this.#takeOnKey(action) : await this.#takeOnActor(action);
  }

  async #takeOnActor(action: Action): Promise<ActionResult> {
    for (const { system } of this.#sources.all()) {
      const state = await this.#try(() => operate(system, action));
      if (state !== undefined) return { action: action.action, id: action.id, state };
    }
    throw new Refusal(ProblemCode.NotFound, "there is no such actor, or no longer");
  }

  async #takeOnKey(action: KeyAction): Promise<KeyActionResult> {
    const { id, system, ...what } = action;
    const { type, key } = readKeyId(id);
    const source = this.#sources.ofKeys(type, system);
    const awake =
      source === undefined
        ? undefined
        : await this.#try(() => operateOnKey(source.system, { ...what, type, key }));
    if (awake !== undefined) return { action: action.action, id: keyIdOf(type, key), awake };
    throw new Refusal(
      ProblemCode.NotFound,
      "there is no such key, schedule, message or connection, or no longer",
    );
  }

  async #takeOnDeadLetter({
    id,
    system,
    action,
  }: DeadLetterAction): Promise<DeadLetterActionResult> {
    const source = clusterOf(this.#sources, system);
    const isDone =
      source !== undefined &&
      (await this.#try(() => operateOnDeadLetter(source.system, { id, action })));
    if (isDone) return { action, id };
    throw new Refusal(ProblemCode.NotFound, "there is no such dead letter, or no longer");
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
