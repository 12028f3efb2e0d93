import type { ErrorCode } from "../../base/errors.ts";
import type { SignalName } from "./commands.ts";
import type { PlacementReason, PlacementStatus } from "./placement-record.ts";

/*
 * What any node asks of the coordinator: subject `place`. Only the active coordinator listens; a request that nobody
 * receives (`ERR_ENGINE_NO_LISTENER`) may be repeated.
 */

/** What a request to the coordinator wants. */
export type CoordinatorRequest = PlaceRequest | SignalRequest;

/** Asks where an actor is, and has it placed if it is nowhere. */
export interface PlaceRequest {
  readonly kind: "place";
  /** Id of the asking node; requests are bounded for each. */
  readonly from: string;
  readonly address: string;
  readonly reason: PlacementReason;
  /** JSON: input of a new actor. */
  readonly input?: unknown;
  /** How long the answer may take, in milliseconds; after that it is `ERR_NO_RUNNER`. */
  readonly waitMs: number;
  /** The activation that its runner has answered `ERR_NOT_OWNER` for, or that nothing listens for: it is looked into. */
  readonly notAt?: { readonly runnerId: string; readonly generation: number };
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Has a signal sent to an actor. An actor that is nowhere is placed for `wake` and `destroy`. */
export interface SignalRequest {
  readonly kind: "signal";
  readonly from: string;
  readonly address: string;
  readonly signal: SignalName;
  readonly reason?: string;
  /** JSON: the due entry of a `wake`. */
  readonly data?: unknown;
  readonly waitMs: number;
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Answer to a {@link CoordinatorRequest}. */
export type CoordinatorAnswer = PlaceAnswer | SignalAnswer | RefusedAnswer;

/** The actor runs, or its start was sent to the runner. */
export interface PlaceAnswer {
  readonly kind: "placed";
  readonly runnerId: string;
  readonly generation: number;
  readonly status: PlacementStatus;
}

/** The signal is stored, unless the actor is not awake, which ends what a `sleep` or `kill` could do. */
export interface SignalAnswer {
  readonly kind: "signalled";
  readonly outcome: "stored" | "not_awake";
}

/**
 * Nothing was done. `ERR_ENGINE_NO_LISTENER`: the coordinator has changed while the request waited; ask again.
 * `ERR_START_FAILED`: the last start has failed, and the next attempt comes later than the request may wait.
 */
export interface RefusedAnswer {
  readonly kind: "refused";
  readonly code: ErrorCode;
  readonly text: string;
}
