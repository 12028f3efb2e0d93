import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useConsole } from "../state/console-context.ts";
import { postAction } from "../state/data-source.ts";

/** Returns whether the process lets this page act. */
export function useActionsAllowed(): boolean {
  const { state } = useConsole();
  return state.summary?.allowActions === true && state.file === null;
}

/**
 * Returns a function that posts an action and reports how it ended.
 *
 * @param onDone called once it has been performed
 */
export function useAction(onDone?: () => void): (what: string, action: object) => void {
  const { controller } = useConsole();
  return (what, action) => {
    void postAction(action).then(({ problem }) => {
      controller.notify(problem === null ? `Done: ${what}.` : `Not done: ${problem}.`);
      if (problem === null) onDone?.();
    });
  };
}

interface ActionButtonProps {
  readonly verb: string;
  /** What is acted on, for screen readers. */
  readonly of: string;
  readonly act: () => void;
  /** Whether it must be pressed twice. */
  readonly confirm?: boolean;
}

/** A button that acts on the process. */
export function ActionButton({ verb, of, act, confirm = false }: ActionButtonProps): JSX.Element {
  const [asked, setAsked] = useState(false);
  const press = (): void => {
    if (asked || !confirm) act();
    setAsked(confirm && !asked);
  };
  return (
    <button
      type="button"
      class={asked ? "button button-danger" : "button"}
      title={`${verb} ${of}`}
      onClick={press}
      onBlur={() => setAsked(false)}
    >
      {asked ? `Really ${verb}?` : verb}
    </button>
  );
}
