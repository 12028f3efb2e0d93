/**
 * Whether a failed actor is started again. The words are Erlang/OTP's and kameo's; the meaning differs in one
 * point. There a permanent actor comes back after a normal end as well. Here an end that somebody asked for,
 * by `c.stop()`, `ref.stop()` or `ref.kill()`, is final under any policy, and what sets `transient` apart is
 * how much trouble it is worth.
 */
export const RestartPolicy = {
  /** After every failure, also one during a restart, until the limit is reached. */
  Permanent: "permanent",
  /** After a failure, but not when it is the restart itself that fails. */
  Transient: "transient",
  /** Never: a failure stops the actor. Erlang's `temporary`. */
  Never: "never",
} as const;
export type RestartPolicy = (typeof RestartPolicy)[keyof typeof RestartPolicy];

/** What supervision does about a failure. */
export const Directive = {
  /** Go on with the next message and the state as it is. */
  Resume: "resume",
  /** Make fresh state, keep address and mailbox. */
  Restart: "restart",
  /** End the actor. */
  Stop: "stop",
  /** End the actor, and let its parent fail with the same error; at the top there is only the end. */
  Escalate: "escalate",
} as const;
export type Directive = (typeof Directive)[keyof typeof Directive];

/** What failed. */
export const FailurePhase = {
  Start: "start",
  Handler: "handler",
  Task: "task",
  Timer: "timer",
  Stop: "stop",
  /** A child gave up: its restart limit was reached, or it escalated. */
  Child: "child",
} as const;
export type FailurePhase = (typeof FailurePhase)[keyof typeof FailurePhase];

/**
 * The directive for a failure its actor has no opinion on. A first start that fails is not tried again:
 * whoever spawned the actor learns of it and knows better.
 *
 * @param restarting whether a `start` failure happened in a restart
 */
export function defaultDirective(
  policy: RestartPolicy,
  phase: FailurePhase,
  restarting: boolean,
): Directive {
  if (policy === RestartPolicy.Never) return Directive.Stop;
  if (phase !== FailurePhase.Start) return Directive.Restart;
  return restarting && policy === RestartPolicy.Permanent ? Directive.Restart : Directive.Stop;
}
