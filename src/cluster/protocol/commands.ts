import type { Checkpoint } from "./checkpoint.ts";

/**
 * What a coordinator tells a runner to do with an actor. `start` is always the first of its generation.
 *
 * @enum
 */
export const CommandKind = {
  Start: "start",
  Stop: "stop",
  Signal: "signal",
  Drain: "drain",
} as const;
export type CommandKind = (typeof CommandKind)[keyof typeof CommandKind];

/**
 * What a signal asks of a running actor. `wake` carries the due entry that woke it, if there is one.
 *
 * @enum
 */
export const SignalName = {
  Wake: "wake",
  Sleep: "sleep",
  Kill: "kill",
  Destroy: "destroy",
} as const;
export type SignalName = (typeof SignalName)[keyof typeof SignalName];

/** One command, as it is stored in the log of its runner and in the outbox of the placement. */
export interface Command {
  /** Unique; the same after a replay. */
  readonly id: string;
  readonly checkpoint: Checkpoint;
  readonly kind: CommandKind;
  /** Milliseconds since the epoch. */
  readonly issuedAtMs: number;
  /** After this time it is not carried out, but reported as expired. Milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** Of a signal. */
  readonly signal?: SignalName;
  /** Why: a reason of a placement, a move or a stop; for telemetry and for the actor's end. */
  readonly reason?: string;
  /** JSON: the input of a new actor (`start`), the due entry (`wake`). */
  readonly data?: unknown;
  /** Of a start that nobody has asked for: it creates no actor. */
  readonly mustExist?: boolean;
  /** W3C `traceparent` of what has caused it. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}
