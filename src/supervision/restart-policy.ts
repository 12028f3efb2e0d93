/** Whether a failed actor is started again, as in Erlang/OTP. */
export const RestartPolicy = {
  /** After every failure, also one during a restart. */
  Permanent: "permanent",
  /** After a failure, but not when it is the restart itself that fails. */
  Transient: "transient",
  /** Never: a failure stops the actor. */
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
} as const;
export type Directive = (typeof Directive)[keyof typeof Directive];

/** What failed. */
export const FailurePhase = {
  Start: "start",
  Handler: "handler",
  Task: "task",
  Timer: "timer",
  Stop: "stop",
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
