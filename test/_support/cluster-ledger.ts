import { defineKeyedActor, type KeyedDefinition, type MessageHandlers } from "../../src/index.ts";

/** What an actor was when it had added an entry, or was read. */
export interface Entered {
  readonly version: number;
  readonly generation: number;
  readonly node: string;
}

/** An entry as it is stored. */
export interface Written {
  readonly id: string;
  /** Of the activation that has added it. */
  readonly generation: number;
  /** The process that has added it. */
  readonly node: string;
  readonly pid: number;
}

type LedgerMessages = {
  /** Adds an entry. */
  enter(id: string): Entered;
  /** Reads how many entries there are, and stores nothing. */
  look(): Entered;
  /** All entries, in the order in which they were added. */
  entries(): readonly string[];
  /** The same, with who has added them. */
  written(): readonly Written[];
};

/** An actor whose state shows every message that was applied, and how often. */
export const ledger: KeyedDefinition<
  "ledger",
  undefined,
  MessageHandlers<LedgerMessages>
> = defineKeyedActor("ledger", {
  messages: {} as LedgerMessages,
  state: (): { entries: Written[] } => ({ entries: [] }),
  handlers: {
    enter(c, id) {
      const [generation, node] = [c.generation, c.system.name];
      c.state.entries.push({ id, generation, node, pid: process.pid });
      return { version: c.state.entries.length, generation, node };
    },
    look(c) {
      const [generation, node] = [c.generation, c.system.name];
      return { version: c.state.entries.length, generation, node };
    },
    entries: (c) => c.state.entries.map(({ id }) => id),
    written: (c) => structuredClone(c.state.entries),
  },
});

type UnbornMessages = { look(): number };

/** An actor that is being created for ever: it is claimed, and never stored. */
export const unborn: KeyedDefinition<
  "unborn",
  undefined,
  MessageHandlers<UnbornMessages>
> = defineKeyedActor("unborn", {
  messages: {} as UnbornMessages,
  state: () => ({}),
  onCreate: () => new Promise<void>(() => {}),
  handlers: { look: () => 1 },
});
