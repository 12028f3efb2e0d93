/**
 * Whether a failed actor is restarted.
 *
 * The names are those of Erlang/OTP and kameo. There, a permanent actor is also restarted after a normal end.
 * Here an end that was requested, by `c.stop()`, `ref.stop()` or `ref.kill()`, is final under any policy.
 * `permanent` and `transient` differ only if the restart itself fails.
 *
 * @enum
 */
export const RestartPolicy = {
  /** After every failure, also one during a restart, until the limit is reached. */
  Permanent: "permanent",
  /** After a failure, but not when it is the restart itself that fails. */
  Transient: "transient",
  /** Never: a failure stops the actor. Corresponds to `temporary` in Erlang. */
  Never: "never",
} as const;
export type RestartPolicy = (typeof RestartPolicy)[keyof typeof RestartPolicy];

/**
 * Action on a failure.
 *
 * @enum
 */
export const Directive = {
  /** Continue with the next message and the current state. */
  Resume: "resume",
  /** Create a new state; keep address and mailbox. */
  Restart: "restart",
  /** End the actor. */
  Stop: "stop",
  /** End the actor and make its parent fail with the same error. An actor without a parent only ends. */
  Escalate: "escalate",
} as const;
export type Directive = (typeof Directive)[keyof typeof Directive];

/**
 * The part of an actor that failed.
 *
 * @enum
 */
export const FailurePhase = {
  Start: "start",
  Handler: "handler",
  Task: "task",
  Timer: "timer",
  Stop: "stop",
  /** What a keyed actor wanted to store cannot be stored. Its next life begins with what is stored. */
  Save: "save",
  /** A child reached its restart limit, or escalated. */
  Child: "child",
} as const;
export type FailurePhase = (typeof FailurePhase)[keyof typeof FailurePhase];

/**
 * The directive for a failure for which `onFailure` returns none. A first start that fails is not tried again: the
 * failure is reported to the code that spawned the actor.
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
