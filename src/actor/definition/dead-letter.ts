import type { Context } from "@opentelemetry/api";
import type { DeadLetterReason, MessageKind } from "../../telemetry/attributes.ts";

/** A message that reached no handler. */
export interface DeadLetter {
  /** Id of the actor that the message was sent to. */
  readonly actorId: string;
  /** Type of that actor. */
  readonly actorType: string;
  /** Name of the message. */
  readonly messageType: string;
  /** How the message was sent. */
  readonly kind: MessageKind;
  /** Why it reached no handler. */
  readonly reason: DeadLetterReason;
  /** Id of the sending actor. Requires a registered OpenTelemetry context manager. */
  readonly senderId: string | undefined;
  /** OpenTelemetry context of the sender, which identifies the trace that lost the message. */
  readonly context: Context;
  /** The arguments as they were sent. */
  readonly args: readonly unknown[];
}

/** Record of the messages that reached no handler. */
export interface DeadLetters {
  /** Dead letters since the system was created. */
  readonly total: number;

  /**
   * Returns the last 100 dead letters, oldest first.
   *
   * @example
   * ```ts
   * for (const { messageType, actorId, reason } of system.deadLetters.recent()) {
   *   console.log(messageType, actorId, reason);
   * }
   * ```
   */
  recent(): readonly DeadLetter[];

  /**
   * Calls `listener` with each new dead letter. An error thrown by the listener is logged, not propagated.
   *
   * Listeners are called synchronously, in the code that caused the letter, and may send messages and end
   * actors. Letters that result from this are counted at once and delivered when all listeners have received
   * the current one; after 1,000 of them in a later turn of the event loop.
   *
   * @returns a function that ends the subscription
   * @example
   * ```ts
   * const unsubscribe = system.deadLetters.subscribe(({ messageType, reason }) => {
   *   console.log(messageType, reason);
   * });
   * unsubscribe();
   * ```
   */
  subscribe(listener: (letter: DeadLetter) => void): () => void;
}
