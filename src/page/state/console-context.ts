import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { ConsoleController } from "./controller.ts";
import type { Answer } from "./data-source.ts";
import type { PageState } from "./page-state.ts";

/** What every part of the page may use. */
export interface ConsoleContext {
  readonly state: PageState;
  readonly controller: ConsoleController;
}

const Context = createContext<ConsoleContext | null>(null);

/** Hands the context down. */
export const ConsoleProvider = Context.Provider;

/** The page's state and its controller. */
export function useConsole(): ConsoleContext {
  const context = useContext(Context);
  // It is there: the application's root provides it.
  return context as ConsoleContext;
}

/** The state as it is now, and again after each change. */
export function usePageState(controller: ConsoleController): PageState {
  const [state, setState] = useState(controller.state);
  useEffect(() => controller.subscribe(() => setState(controller.state)), [controller]);
  return state;
}

/**
 * What `ask` answers, asked for again whenever `key` changes and every `everyMs`; `null` until the first
 * answer has come. A repeated answer replaces the one before only once it is there.
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
