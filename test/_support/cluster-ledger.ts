import { defineKeyedActor, type KeyedDefinition, type MessageHandlers } from "../../src/index.ts";

/** What an entry has done. */
export interface Entered {
  readonly version: number;
  readonly generation: number;
  readonly node: string;
}

type LedgerMessages = {
  /** Adds an entry. */
  enter(id: string): Entered;
  /** All entries, in the order in which they were added. */
  entries(): readonly string[];
};

/** An actor whose state shows every message that was applied, and how often. */
export const ledger: KeyedDefinition<
  "ledger",
  undefined,
  MessageHandlers<LedgerMessages>
> = defineKeyedActor("ledger", {
  messages: {} as LedgerMessages,
  state: (): { entries: string[] } => ({ entries: [] }),
  handlers: {
    enter(c, id) {
      c.state.entries.push(id);
      return { version: c.state.entries.length, generation: c.generation, node: c.system.name };
    },
    entries: (c) => [...c.state.entries],
  },
});
