import { AwakeReason } from "../../src/telemetry/attributes.ts";

/* What the page on awake actors says of each reason. Tests check both the page and the runtime against it. */

/** What happens to something that is still there when the drain before sleep runs out of time. */
export const DrainEnd = {
  /** The actor is killed at `stopDeadlineMs`. */
  Kill: "kill",
  /** It is aborted at `taskDeadlineMs` and then no longer waited for. */
  Abandon: "abandon",
  /** The next activation gets it. */
  Carry: "carry",
  /** Nothing: the drain does not wait for it. */
  None: "none",
} as const;
export type DrainEnd = (typeof DrainEnd)[keyof typeof DrainEnd];

/** How one reason to be awake behaves. */
export interface AwakeRule {
  /** Whether an actor for which it is the only reason stays awake. */
  readonly keepsAwake: boolean;
  /** Whether the drain before a requested sleep waits for it. */
  readonly drained: boolean;
  readonly atDeadline: DrainEnd;
}

function holds(atDeadline: DrainEnd): AwakeRule {
  return { keepsAwake: true, drained: true, atDeadline };
}

const NOTHING: AwakeRule = { keepsAwake: false, drained: false, atDeadline: DrainEnd.None };

/** What keeps a keyed actor awake. The members are in the order in which one is reported for an actor. */
export const AWAKE_RULES: Readonly<Record<AwakeReason, AwakeRule>> = {
  [AwakeReason.Handling]: holds(DrainEnd.Kill),
  [AwakeReason.Hook]: holds(DrainEnd.Kill),
  [AwakeReason.Mailbox]: holds(DrainEnd.Carry),
  [AwakeReason.Task]: holds(DrainEnd.Abandon),
  [AwakeReason.Run]: holds(DrainEnd.Abandon),
  // Timers are cancelled when the drain begins.
  [AwakeReason.Timer]: { keepsAwake: true, drained: false, atDeadline: DrainEnd.None },
  [AwakeReason.Child]: holds(DrainEnd.Kill),
  [AwakeReason.KeepAwake]: holds(DrainEnd.Abandon),
  [AwakeReason.Internal]: { keepsAwake: true, drained: false, atDeadline: DrainEnd.None },
  // The asker gets `ERR_ACTOR_STOPPED`.
  [AwakeReason.Reply]: { keepsAwake: true, drained: false, atDeadline: DrainEnd.None },
  [AwakeReason.QueueMessage]: { keepsAwake: true, drained: false, atDeadline: DrainEnd.Carry },
  [AwakeReason.Connection]: { keepsAwake: true, drained: false, atDeadline: DrainEnd.None },
  [AwakeReason.HttpRequest]: { keepsAwake: true, drained: false, atDeadline: DrainEnd.None },
  [AwakeReason.Idle]: NOTHING,
  [AwakeReason.Stopped]: NOTHING,
};
