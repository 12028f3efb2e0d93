import type { StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { ActorContext } from "../definition/context.ts";
import type { AnyOptions } from "../definition/definition.ts";
import type { HookSpan } from "./hooks.ts";

/** Whether a phase runs internal or user code. */
export const PhaseOwner = { Internal: "internal", User: "user" } as const;
export type PhaseOwner = (typeof PhaseOwner)[keyof typeof PhaseOwner];

/** End reason of a life that is followed by another life of the same actor. */
export const RESTART = "restart";

/** Why a life ends. */
export type LifeEnd = StopReason | typeof RESTART;

/** One step of beginning a life. */
export interface Phase {
  readonly name: string;
  readonly owner: PhaseOwner;
  /**
   * Runs the step on `cell.life`. The life does not begin if this throws, or returns a promise that rejects.
   *
   * @param span the span of the start or restart; all phases but the first run in its scope
   */
  readonly run: (cell: ActorCell, span: HookSpan) => unknown;
}

/** One step of ending a life that has begun. */
export interface EndPhase {
  readonly name: string;
  readonly owner: PhaseOwner;
  /** Runs the step on `life`. An error is counted and logged, and does not prevent the end of the life. */
  readonly run: (cell: ActorCell, life: ActorContext<unknown>, reason: LifeEnd) => unknown;
}

/** Returns the phases that begin a life: the state factory, then `onStart`. */
export function phasesOf({ state, onStart }: AnyOptions): readonly Phase[] {
  const phases: Phase[] = [];
  if (state !== undefined) {
    const run = (cell: ActorCell): void => {
      cell.life.state = state(cell.input);
    };
    phases.push({ name: "state", owner: PhaseOwner.User, run });
  }
  if (onStart !== undefined) {
    // Without a state factory an empty phase comes first: `onStart` must not run in the stack of `spawn`.
    if (state === undefined) phases.push(NO_STATE);
    phases.push({ name: "onStart", owner: PhaseOwner.User, run: ({ life }) => onStart(life) });
  }
  return phases;
}

const NO_STATE: Phase = { name: "state", owner: PhaseOwner.Internal, run: () => undefined };

/** Returns the phases that end a life: `onStop`. */
export function endPhasesOf({ onStop }: AnyOptions): readonly EndPhase[] {
  if (onStop === undefined) return [];
  const run: EndPhase["run"] = (_cell, life, reason) => onStop(life, reason);
  return [{ name: "onStop", owner: PhaseOwner.User, run }];
}
