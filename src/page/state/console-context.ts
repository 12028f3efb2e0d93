import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { ConsoleController } from "./controller.ts";
import type { Answer } from "./data-source.ts";
import type { PageState } from "./page-state.ts";

/** The context that is available to every part of the page. */
export interface ConsoleContext {
  readonly state: PageState;
  readonly controller: ConsoleController;
}

const Context = createContext<ConsoleContext | null>(null);

/** Provides the context. */
export const ConsoleProvider = Context.Provider;

/** Returns the page's state and its controller. */
export function useConsole(): ConsoleContext {
  const context = useContext(Context);
  // Never null: the application's root provides it.
  return context as ConsoleContext;
}

/** Returns the current state, and renders again after each change. */
export function usePageState(controller: ConsoleController): PageState {
  const [state, setState] = useState(controller.state);
  useEffect(() => controller.subscribe(() => setState(controller.state)), [controller]);
  return state;
}

/**
 * Returns the result of `ask`; `null` until it has arrived. It is requested again whenever `key` changes and
 * every `everyMs`. The previous result is kept until the next one has arrived.
 */
export function useAnswer<Value>(
  key: string,
  ask: () => Promise<Answer<Value>>,
  everyMs = 0,
): Answer<Value> | null {
  const [answered, setAnswered] = useState<{ key: string; answer: Answer<Value> } | null>(null);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    let wanted = true;
    const load = (): void => {
      if (document.hidden) return;
      void latest.current().then((answer) => {
        if (wanted) setAnswered({ key, answer });
      });
    };
    load();
    const timer = everyMs > 0 ? setInterval(load, everyMs) : undefined;
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [key, everyMs]);
  return answered?.key === key ? answered.answer : null;
}
