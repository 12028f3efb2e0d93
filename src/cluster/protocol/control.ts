import type { ErrorCode } from "../../base/errors.ts";

/*
 * What the coordinator asks of a runner: subject `control.<runner>`. A runner answers for its own runner id only.
 */

/** What a request to a runner wants. */
export type ControlRequest = ResendRequest | ReportRequest;

/** Asks for events again, from an index on. Those that are not stored yet come anyway. */
export interface ResendRequest {
  readonly kind: "resend";
  readonly address: string;
  readonly generation: number;
  readonly fromIndex: number;
}

/** Asks what an actor is doing. */
export interface ReportRequest {
  readonly kind: "report";
  readonly address: string;
}

/** Answer to a {@link ControlRequest}. */
export type ControlAnswer = ResentAnswer | ReportAnswer | ControlRefusal;

/** The events are stored again. */
export interface ResentAnswer {
  readonly kind: "resent";
  /** Number of events; 0 if none of them is kept. */
  readonly count: number;
}

/**
 * State of an activation on its runner; `ended` includes those whose start has failed, `unknown` that the runner has heard of none.
 *
 * @enum
 */
export const ReportedStatus = {
  Starting: "starting",
  Running: "running",
  Stopping: "stopping",
  Ended: "ended",
  Unknown: "unknown",
} as const;
export type ReportedStatus = (typeof ReportedStatus)[keyof typeof ReportedStatus];

/** What an actor is doing; of its latest activation on this runner. */
export interface ReportAnswer {
  readonly kind: "report";
  readonly runnerId: string;
  readonly address: string;
  readonly status: ReportedStatus;
  /** 0 if it is unknown. */
  readonly generation: number;
  /** Index of the last command that was dealt with. */
  readonly commandIndex: number;
  /** Index of the last event, whether it is stored or not. */
  readonly eventIndex: number;
}

/** Nothing was done. */
export interface ControlRefusal {
  readonly kind: "refused";
  readonly code: ErrorCode;
  readonly text: string;
}
