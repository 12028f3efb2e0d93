import { createGateway, type Exposed, expose, type Gateway, unchecked } from "../../src/gateway.ts";
import {
  defineKeyedActor,
  type EventDefinition,
  event,
  type Faceted,
  type Facets,
  type MonitoredSystem,
} from "../../src/index.ts";

/** How often each call has run, by the id that its caller gave it. */
export type Ledger = Readonly<Record<string, number>>;

const ledger = defineKeyedActor("ledger", {
  state: () => ({ runs: {} as Record<string, number> }),
  events: { entered: event<string>() },
  // Pages that back off for long miss more than the default under load.
  replay: { events: 100_000, bytes: 33_554_432 },
  handlers: {
    /** Runs twice if it is called twice. */
    add(c, id: string) {
      c.state.runs[id] = (c.state.runs[id] ?? 0) + 1;
      c.broadcast("entered", id);
    },
    /** Has the same effect however often it is called. */
    put(c, id: string) {
      if (c.state.runs[id] !== undefined) return;
      c.state.runs[id] = 1;
      c.broadcast("entered", id);
    },
    runs: (c): Ledger => c.state.runs,
  },
});

const exposed: Exposed<"ledger", unknown> = expose(ledger, {
  calls: { add: unchecked, put: unchecked, runs: [] },
});

interface Messages {
  add(c: never, id: string): void;
  put(c: never, id: string): void;
  runs(c: never): Ledger;
}
/** What clients see of a ledger. */
export type LedgerSeen = Facets<
  Messages,
  unknown,
  { readonly entered: EventDefinition<string> },
  undefined,
  undefined
>;
/** A list of definitions, as `expose` would type them. */
export type LedgerActors = readonly [{ readonly type: "ledger" } & Faceted<LedgerSeen>];

/** Opens a gateway to ledgers. */
export function openLedgers(system: MonitoredSystem, port: number): Promise<Gateway> {
  return createGateway(system, { actors: [exposed], port });
}
