import { defineKeyedActor, type KeyedDefinition } from "../../src/index.ts";

interface CounterHandlers {
  add(c: never, by: number): number;
}

/** The smallest actor with a state. */
export const counter: KeyedDefinition<"counter", undefined, CounterHandlers> = defineKeyedActor(
  "counter",
  {
    state: () => ({ count: 0 }),
    handlers: {
      add(c, by) {
        c.state.count += by;
        return c.state.count;
      },
    },
  },
);
