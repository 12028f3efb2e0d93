/**
 * What has become of the memory of a keyed actor that moves to another process. Without it, the next activation begins with
 * what is stored.
 *
 * @enum
 */
export const HandoverOutcome = {
  /** It was stored by the activation that has ended. */
  Given: "given",
  /** `onHandOver` has thrown, what it returned is no JSON or too large, or it could not be stored. */
  NotGiven: "not_given",
  /** The next activation has begun with it. */
  Taken: "taken",
  /** `vars` has thrown, and was called without it. */
  NotTaken: "not_taken",
  /** Another activation came in between, or too much time has passed. */
  Outdated: "outdated",
} as const;
export type HandoverOutcome = (typeof HandoverOutcome)[keyof typeof HandoverOutcome];
