import type { StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { ActorContext } from "../definition/context.ts";
import type { AnyOptions } from "../definition/definition.ts";
import type { HookSpan } from "./hooks.ts";

/** Whose code a phase runs. */
export const PhaseOwner = { Internal: "internal", User: "user" } as const;
export type PhaseOwner = (typeof PhaseOwner)[keyof typeof PhaseOwner];

/** Why a life ends although its actor does not: another life follows. */
export const RESTART = "restart";

/** Why a life ends. */
export type LifeEnd = StopReason | typeof RESTART;

/** One step of beginning a life. */
export interface Phase {
  readonly name: string;
  readonly owner: PhaseOwner;
  /**
   * Runs the step on `cell.life`. The life does not begin if it throws, or returns a promise that rejects.
   *
   * @param span the span of the start or restart; all phases but the first run in its scope
   */
  readonly run: (cell: ActorCell, span: HookSpan) => unknown;
}

/** One step of ending a life that has begun. */
export interface EndPhase {
  readonly name: string;
  readonly owner: PhaseOwner;
  /** Runs the step on `life`. What it throws is counted and logged; the life ends all the same. */
  readonly run: (cell: ActorCell, life: ActorContext<unknown>, reason: LifeEnd) => unknown;
}

/** How the actors of a definition begin their lives: the state factory, then `onStart`. */
export function phasesOf({ state, onStart }: AnyOptions): readonly Phase[] {
  const phases: Phase[] = [];
  if (state !== undefined) {
    const run = (cell: ActorCell): void => {
      cell.life.state = state(cell.input);
    };
    phases.push({ name: "state", owner: PhaseOwner.User, run });
  }
  if (onStart !== undefined) {
    // The first phase runs in the stack of the caller of `spawn`, which `onStart` must not.
    if (state === undefined) phases.push(NO_STATE);
    phases.push({ name: "onStart", owner: PhaseOwner.User, run: ({ life }) => onStart(life) });
  }
  return phases;
}

const NO_STATE: Phase = { name: "state", owner: PhaseOwner.Internal, run: () => undefined };

/** How they end them: `onStop`. */
export function endPhasesOf({ onStop }: AnyOptions): readonly EndPhase[] {
  if (onStop === undefined) return [];
  const run: EndPhase["run"] = (_cell, life, reason) => onStop(life, reason);
  return [{ name: "onStop", owner: PhaseOwner.User, run }];
}
