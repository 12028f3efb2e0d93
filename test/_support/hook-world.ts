import {
  defineKeyedActor,
  type KeyedAddress,
  type KeyedContext,
  type MonitoredSystem,
  type QueueDefinition,
  queue,
} from "../../src/index.ts";
import { passTimeUntil } from "./actor-system.ts";
import { settleTurns } from "./actor-waiting.ts";
import { type OpenKeyed, openKeyed, viewOf, WatchedStore } from "./keyed.ts";

type Queues = {
  readonly work: QueueDefinition<number, number>;
  readonly other: QueueDefinition<number, number>;
};

type State = Record<string, unknown>;

/** What an actor can be made to call its code from. */
type Start = "failure" | "task" | "timer" | "schedule";

/** Messages of the actor whose hooks are tested. */
type HookMessages = {
  add(by: number): number;
  get(): unknown;
  /** A handler that is a hook under test. */
  handle(): unknown;
  start(what: Start): void;
};

/** The `c` of a hook under test. */
export type HookContext = Omit<KeyedContext<State, undefined, Queues, HookMessages>, "state"> & {
  state: unknown;
};
export type HookRef = HookContext["self"];

/** What the code of a hook has. */
export interface HookScene {
  /** `undefined` in `state` and `migrate`, which get none. */
  readonly c: HookContext | undefined;
  readonly system: MonitoredSystem;
  /** The actor's own key. */
  readonly ref: HookRef;
  /** An actor of the same type under another key. */
  readonly other: HookRef;
  /** Removes the actor's own key by `system.destroy`. */
  destroyKey(): Promise<boolean>;
  /** Takes a promise that the code does not wait for: it has to settle. */
  leave(promise: Promise<unknown>): void;
}

/** A place from which the runtime calls code of a keyed actor. */
export interface HookSite {
  readonly name: string;
  /** Makes the runtime call it in an actor that is awake; `undefined` if its start does. */
  readonly trigger: ((ref: HookRef) => Promise<unknown>) | undefined;
}

/** The hooks from which an action is tried. */
export const HOOK_SITES: readonly HookSite[] = [
  ...["state", "migrate", "onCreate", "vars", "onWake", "run"].map((name) => ({
    name,
    trigger: undefined,
  })),
  { name: "onSleep", trigger: (ref) => ref.sleep() },
  { name: "onDestroy", trigger: (ref) => ref.destroy() },
  { name: "onFailure", trigger: (ref) => ref.ask.start("failure") },
  { name: "asked handler", trigger: (ref) => ref.ask.handle() },
  {
    name: "told handler",
    trigger: async (ref) => ref.tell.handle(),
  },
  { name: "task", trigger: (ref) => ref.ask.start("task") },
  { name: "timer", trigger: (ref) => ref.ask.start("timer") },
  { name: "schedule", trigger: (ref) => ref.ask.start("schedule") },
  { name: "queue message", trigger: (ref) => ref.with({ timeoutMs: 500 }).queue.work.ask(1) },
];

/** A keyed actor whose code does something at one of its hooks. */
export class HookWorld {
  readonly open: OpenKeyed;
  readonly ref: HookRef;
  /** How often the action has been called. */
  acts = 0;
  /** Whether the action is called no more. */
  over = false;
  /** Promises that have to settle. */
  readonly left: Promise<unknown>[] = [];
  readonly #site: string;
  readonly #act: (scene: HookScene) => unknown;
  readonly #definition: KeyedAddress<undefined, HookRef>;

  constructor(site: string, act: (scene: HookScene) => unknown, store: WatchedStore) {
    this.#site = site;
    this.#act = act;
    this.open = openKeyed({ shutdownDeadlineMs: 20_000 }, store);
    this.#definition = this.#define() as unknown as KeyedAddress<undefined, HookRef>;
    this.ref = this.#get("a");
  }

  /** Opens a world; for `migrate` with an actor that is stored in an older version. */
  static async open(site: string, act: (scene: HookScene) => unknown): Promise<HookWorld> {
    const store = new WatchedStore();
    if (site !== "migrate") return new HookWorld(site, act, store);
    await using former = openKeyed({}, viewOf(store));
    const definition = defineKeyedActor("thing", {
      state: () => ({ total: 0 }),
      handlers: { get: (c) => c.state.total },
    });
    await former.system.get(definition, "a").ask.get();
    return new HookWorld(site, act, store);
  }

  /** Moves the clock until `promise` settles; not at all if it settles without. */
  async settle<Value>(promise: Promise<Value>): Promise<Value> {
    await settleTurns();
    return passTimeUntil(this.open.clock, promise);
  }

  /** Lets time pass, and everything that begins meanwhile go on. */
  async pass(ms: number): Promise<void> {
    await settleTurns();
    await this.open.clock.advance(ms);
    await settleTurns();
  }

  #get(key: string): HookRef {
    return this.open.system.get(this.#definition, key);
  }

  /** Calls the action once, if `site` is the one under test. */
  #at(site: string, context?: unknown): unknown {
    const c = context as HookContext | undefined;
    if (site !== this.#site || this.over || this.acts > 0) return undefined;
    if (c !== undefined && c.key[0] !== "a") return undefined;
    this.acts += 1;
    const { ref, left } = this;
    const { system } = this.open;
    return this.#act({
      c,
      system,
      ref,
      other: this.#get("other"),
      destroyKey: () => system.destroy(this.#definition, "a"),
      leave(promise) {
        promise.catch(() => {});
        left.push(promise);
      },
    });
  }

  #define() {
    const at = (site: string, c?: unknown): unknown => this.#at(site, c);
    const site = this.#site;
    return defineKeyedActor("thing", {
      ...{ version: 2, idleMs: 1_000, stopDeadlineMs: 5_000, taskDeadlineMs: 100 },
      messages: {} as HookMessages,
      queues: { work: queue<number, number>({ maxAttempts: 2 }), other: queue<number, number>() },
      state: () => (at("state") ?? { total: 0 }) as State,
      migrate: (old) => (at("migrate") ?? old) as State,
      vars: (c) => at("vars", c),
      onCreate: (c) => at("onCreate", c),
      onWake: (c) => at("onWake", c),
      onSleep: (c) => at("onSleep", c),
      onDestroy: (c) => at("onDestroy", c),
      onFailure: (c) => at("onFailure", c) as undefined,
      run: async (c) => {
        await at("run", c);
        if (site !== "queue message") return;
        for await (const message of c.queue.work) {
          await at("queue message", c);
          message.complete(message.body);
        }
      },
      handlers: {
        add(c, by) {
          c.state["total"] = Number(c.state["total"]) + by;
          return Number(c.state["total"]);
        },
        get: (c) => c.state["total"],
        handle: (c) => at(site.endsWith("handler") || site === "schedule" ? site : "", c),
        start(c, what) {
          if (what === "failure") c.spawnTask("failing", () => Promise.reject(new Error("x")));
          if (what === "task") c.spawnTask("acting", () => at("task", c));
          if (what === "timer") c.after("acting", 10, () => at("timer", c));
          if (what === "schedule") c.schedule.after(10).handle();
        },
      },
    });
  }
}
