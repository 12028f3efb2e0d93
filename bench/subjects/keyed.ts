import { createSystem, defineKeyedActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { arrive } from "../arrivals.ts";
import type { Subject } from "../subject.ts";
import { registerMetrics } from "./open-telemetry.ts";

type SaveMode = "before_reply" | "interval";

const options = {
  state: () => ({ count: 0 }),
  handlers: {
    add(c: Counting, by: number) {
      c.state.count += by;
      arrive();
    },
    get: (c: Counting) => c.state.count,
    raise(c: Counting) {
      c.state.count += 1;
      return c.state.count;
    },
  },
};

/** As much of the context as the handlers use. */
interface Counting {
  readonly state: { count: number };
}

/** As much of the ref that `get` returns as the works need. */
interface CounterRef {
  readonly tell: { add(by: number): void };
  readonly ask: { get(): Promise<number>; raise(): Promise<number> };
  sleep(): Promise<void>;
}

/** Keyed actors are measured alone: what two of them do to each other is the same as for other actors. */
function unsupported(): never {
  throw new Error("keyed actors are not measured with this work");
}

/** Asks that change nothing, where replies wait for a save. The default of keyed actors. */
export function keyedReading(): Subject<CounterRef> {
  return keyed("before_reply", (to) => to.ask.get());
}

/** Asks that change nothing, where changes are saved within an interval. */
export function keyedReadingInterval(): Subject<CounterRef> {
  return keyed("interval", (to) => to.ask.get());
}

/** Asks that change the state, which is saved within an interval. */
export function keyedChangingInterval(): Subject<CounterRef> {
  return keyed("interval", (to) => to.ask.raise());
}

/** Asks that change the state, each of which is answered after a save. */
export function keyedChanging(): Subject<CounterRef> {
  return keyed("before_reply", (to) => to.ask.raise());
}

/** `spawn` wakes an actor that does not exist yet, and `stop` puts it to sleep; states are kept in memory. */
function keyed(save: SaveMode, ask: (to: CounterRef) => Promise<unknown>): Subject<CounterRef> {
  const reader = registerMetrics();
  const counter = defineKeyedActor("counter", { ...options, save });
  const system = createSystem({ logger: createLogger({ level: "silent" }) });
  let keys = 0;
  return {
    async spawn() {
      keys += 1;
      const actor = system.get(counter, `key-${keys}`);
      await actor.whenReady();
      return actor;
    },
    tell: (to) => to.tell.add(1),
    ask,
    serve: unsupported,
    stop: (actor) => actor.sleep(),
    metricSeries: () => reader.series(),
    teardown: () => system.shutdown(),
  };
}
