import type { Activation } from "../activation/activation.ts";
import type { HoldableAsk } from "../commit/held-replies.ts";
import { SaveMode } from "../definition/save-mode.ts";

/** What is done once the changes before it are stored, in the order of the replies. */
export class HeldEvent implements HoldableAsk {
  readonly #publish: () => void;
  readonly #drop: (error: unknown, handled: boolean) => void;

  /** @param drop called instead if they are not stored */
  constructor(publish: () => void, drop: (error: unknown, handled: boolean) => void) {
    this.#publish = publish;
    this.#drop = drop;
  }

  reply(): void {
    this.#publish();
  }

  reject(error: unknown, handled: boolean): void {
    this.#drop(error, handled);
  }
}

/** Whether replies wait for the store. */
export function repliesWait({ definition }: Activation): boolean {
  return definition.settings.save === SaveMode.BeforeReply;
}

/**
 * Whether events do. Those of an activation that is not counted yet wait in any case: after a crash another one would have
 * its number, and continue from the end of the former one as if there had been no events.
 */
export function eventsWait(activation: Activation): boolean {
  return repliesWait(activation) || activation.meta?.generation !== activation.generation;
}
