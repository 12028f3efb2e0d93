import type { Context } from "@opentelemetry/api";
import type { DeadLetterReason, MessageKind } from "../../telemetry/attributes.ts";

/** A message that reached no handler. */
export interface DeadLetter {
  readonly actorId: string;
  readonly actorType: string;
  readonly messageType: string;
  readonly kind: MessageKind;
  readonly reason: DeadLetterReason;
  /** The actor that sent it, when it came from one and a context manager is registered. */
  readonly senderId: string | undefined;
  /** OpenTelemetry's context of the sender: the trace that lost a message. */
  readonly context: Context;
  /** The arguments as they were sent. */
  readonly args: readonly unknown[];
}

/** Where messages that no handler received can be seen. */
export interface DeadLetters {
  /** Dead letters since the system was created. */
  readonly total: number;

  /** The last hundred, oldest first. */
  recent(): readonly DeadLetter[];

  /**
   * Calls `listener` with each further dead letter; what it throws is logged and goes no further.
   *
   * @returns a function that ends the subscription
   */
  subscribe(listener: (letter: DeadLetter) => void): () => void;
}
