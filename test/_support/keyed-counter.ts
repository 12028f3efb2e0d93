import { defineKeyedActor, type KeyedDefinition } from "../../src/index.ts";

export const KEYS: readonly string[] = [
  "alice",
  "bob",
  "ключ",
  "😀",
  "a/b",
  "__proto__",
  "x,y",
  "~",
];

/** The messages of {@link counter}. */
interface CounterHandlers {
  readonly add: (c: never) => number;
  readonly read: (c: never) => Promise<{ readonly count: number; readonly copy: number }>;
}

/** Counts in its state, and in a value of its own that is stored in the same commit. */
export const counter: KeyedDefinition<"counter", undefined, CounterHandlers> = defineKeyedActor(
  "counter",
  {
    state: () => ({ count: 0 }),
    handlers: {
      add(c) {
        c.state.count += 1;
        c.kv.put("copy", c.state.count);
        return c.state.count;
      },
      async read(c) {
        const copy = (await c.kv.get<number>("copy")) ?? 0;
        return { count: c.state.count, copy };
      },
    },
  },
);
