import type { Span } from "@opentelemetry/api";
import type { FailurePhase } from "../../supervision/restart-policy.ts";
import type { Envelope } from "../mailbox/envelope.ts";

/** A failure of an actor. */
export interface FailureReport {
  readonly phase: FailurePhase;
  readonly error: Error;
  /** The message whose handler failed. */
  readonly envelope?: Envelope;
  /** The task that failed. */
  readonly name?: string;
  /** The child that reached its restart limit. */
  readonly childId?: string;
  /** The span of the failed operation; a restart links to it. */
  readonly span?: Span | undefined;
}
