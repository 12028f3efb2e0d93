import { defineKeyedActor, type KeyedDefinition } from "../../src/index.ts";

/** What both messages answer. */
export interface Counted {
  readonly count: number;
  readonly text: string;
}

interface CounterHandlers {
  read(c: never, text: string): Counted;
  add(c: never, text: string): Counted;
}

/** What the asks of `cluster-ask.ts` reach: `read` changes nothing, `add` is stored before its reply. */
export const counter: KeyedDefinition<"counter", undefined, CounterHandlers> = defineKeyedActor(
  "counter",
  {
    state: () => ({ count: 0, text: "" }),
    idleMs: Number.POSITIVE_INFINITY,
    handlers: {
      read: (c, text) => ({ count: c.state.count, text }),
      add(c, text) {
        c.state.count += 1;
        c.state.text = text;
        return { count: c.state.count, text };
      },
    },
  },
);
