import { defineActor } from "../../src/index.ts";
import { forever } from "./actor-waiting.ts";
import type { HookContext, HookScene } from "./hook-world.ts";

const child = defineActor("child", { handlers: { fail: boom } });

/** What the code of a hook does. */
export type HookAction = (scene: HookScene) => unknown;

function boom(): never {
  throw new RangeError("a failure of the scenario");
}

function thrower(value: () => unknown): HookAction {
  return () => {
    throw value();
  };
}

/** An action that needs `c`; nothing is done in `state` and `migrate`, which have none. */
function withContext(act: (c: HookContext, scene: HookScene) => unknown): HookAction {
  return (scene) => (scene.c === undefined ? undefined : act(scene.c, scene));
}

const throws: Readonly<Record<string, HookAction>> = {
  throw: boom,
  "reject at once": () => Promise.reject(new RangeError("rejected")),
  "throw after an await": async () => {
    await Promise.resolve();
    boom();
  },
  "throw undefined": thrower(() => undefined),
  "throw null": thrower(() => null),
  "throw a text": thrower(() => "just a text"),
  "throw a frozen error": thrower(() => Object.freeze(new Error("frozen"))),
  "throw a proxy whose traps throw": thrower(
    () => new Proxy({}, { get: boom, has: boom, getPrototypeOf: boom, ownKeys: boom }),
  ),
  "throw a revoked proxy": thrower(() => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }),
  "throw an error with hostile getters": thrower(() =>
    Object.defineProperties(new Error(), { message: { get: boom }, stack: { get: boom } }),
  ),
  "reject with undefined": () => Promise.reject(undefined),
  "return a thenable that throws": () => ({
    // biome-ignore lint/suspicious/noThenProperty: user code may return any thenable
    then: boom,
  }),
  "return an object whose then getter throws": () => ({
    // biome-ignore lint/suspicious/noThenProperty: user code may return any object
    get then() {
      return boom();
    },
  }),
};

const ends: Readonly<Record<string, HookAction>> = {
  "never return": () => forever(),
  "c.sleep": withContext((c) => c.sleep()),
  "c.sleep, then throw": withContext((c) => {
    c.sleep();
    boom();
  }),
  "c.destroy": withContext((c) => c.destroy()),
  "c.destroy, then throw": withContext((c) => {
    c.destroy();
    boom();
  }),
  "c.sleep and c.destroy": withContext((c) => {
    c.sleep();
    c.destroy();
  }),
  "c.destroy and c.sleep": withContext((c) => {
    c.destroy();
    c.sleep();
  }),
  "await ref.sleep": ({ ref }) => ref.sleep(),
  "ref.sleep": ({ ref, leave }) => leave(ref.sleep()),
  "await ref.destroy": ({ ref }) => ref.destroy(),
  "ref.destroy": ({ ref, leave }) => leave(ref.destroy()),
  "await system.destroy": ({ destroyKey }) => destroyKey(),
  "system.destroy": ({ destroyKey, leave }) => leave(destroyKey()),
  "system.destroy, then throw": ({ destroyKey, leave }) => {
    leave(destroyKey());
    boom();
  },
  kill: ({ ref }) => ref.kill(),
  "kill, then throw": ({ ref }) => {
    ref.kill();
    boom();
  },
  "kill and destroy": ({ ref, leave }) => {
    ref.kill();
    leave(ref.destroy());
  },
  shutdown: ({ system, leave }) => leave(system.shutdown()),
  "shutdown, then throw": ({ system, leave }) => {
    leave(system.shutdown());
    boom();
  },
  "await shutdown": ({ system }) => system.shutdown(),
};

const messages: Readonly<Record<string, HookAction>> = {
  "ask its own key": ({ ref }) => ref.ask.add(1),
  "ask its own key without waiting": ({ ref, leave }) => leave(ref.ask.add(1)),
  "tell its own key": ({ ref }) => ref.tell.add(1),
  "ask another key": ({ other }) => other.ask.add(1),
  "ask another key without waiting": ({ other, leave }) => leave(other.ask.add(1)),
  "whenReady of its own key": ({ ref, leave }) => leave(ref.whenReady()),
  "whenStopped of its own key": ({ ref, leave }) => leave(ref.whenStopped()),
  "send to its own queue by ref": ({ ref, leave }) => leave(ref.queue.other.send(1)),
  "await a send to its own queue by ref": ({ ref }) => ref.queue.other.send(1),
  "send to its own queue": withContext((c) => c.queue.other.send(1)),
  "take from its own queue": withContext((c) => c.queue.other.next({ timeoutMs: 10 })),
  "ask by its own queue": ({ ref, leave }) =>
    leave(ref.with({ timeoutMs: 100 }).queue.other.ask(1)),
};

const writes: Readonly<Record<string, HookAction>> = {
  saveState: withContext((c) => c.saveState()),
  "saveState without waiting": withContext((c, { leave }) => leave(c.saveState())),
  "saveState, then c.sleep": withContext(async (c) => {
    await c.saveState();
    c.sleep();
  }),
  "saveState, then c.destroy": withContext(async (c) => {
    await c.saveState();
    c.destroy();
  }),
  "saveState, then kill": withContext((c, { ref, leave }) => {
    leave(c.saveState());
    ref.kill();
  }),
  "saveState, then throw": withContext(async (c) => {
    await c.saveState();
    boom();
  }),
  "set a schedule": withContext((c) => c.schedule.after(50).add(1)),
  "set a schedule that is due": withContext((c) => c.schedule.at(0).add(1)),
  "set a cron": withContext((c) => c.schedule.cron("often", "* * * * * *").get()),
  "set a schedule, then throw": withContext((c) => {
    c.schedule.after(50).add(1);
    boom();
  }),
  "set and cancel a schedule": withContext((c) => {
    c.schedule.cancel(c.schedule.after(50).add(1).id);
  }),
  "kv.put": withContext((c) => c.kv.put("a", 1)),
  "kv.put of what is no JSON": withContext((c) => c.kv.put("a", 1n)),
  "kv.get and list": withContext(async (c) => [await c.kv.get("a"), await c.kv.list("")]),
  "db without a database": withContext((c) => c.db.all("SELECT 1")),
  "set a state that cannot be stored": withContext((c) => {
    c.state = { total: 0, at: new Date() };
  }),
  "set a state whose toJSON throws": withContext((c) => {
    c.state = { total: 0, toJSON: boom };
  }),
  "set a state that is a revoked proxy": withContext((c) => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    c.state = proxy;
  }),
  "freeze the state": withContext((c) => {
    Object.freeze(c.state);
  }),
};

const work: Readonly<Record<string, HookAction>> = {
  "keepAwake of what never settles": withContext((c) => void c.keepAwake(forever())),
  "keepAwake of a rejection": withContext((c) => c.keepAwake(Promise.reject(new Error("kept")))),
  "keepAwake of a rejection without waiting": withContext((c, { leave }) => {
    leave(c.keepAwake(Promise.reject(new Error("kept"))));
  }),
  "keepAwake of a thenable that throws": withContext((c, { leave }) => {
    // biome-ignore lint/suspicious/noThenProperty: user code may pass any thenable
    leave(c.keepAwake({ then: boom }));
  }),
  "waitUntil of what never settles": withContext((c) => c.waitUntil(forever())),
  "waitUntil of a rejection": withContext((c) => c.waitUntil(Promise.reject(new Error("x")))),
  "waitUntil of a rejection with undefined": withContext((c) =>
    c.waitUntil(Promise.reject(undefined)),
  ),
  "a task that never ends": withContext((c) => void c.spawnTask("endless", () => forever())),
  "a task that throws": withContext((c) => void c.spawnTask("failing", boom)),
  "a task that ends the actor": withContext((c) => void c.spawnTask("ending", () => c.sleep())),
  "a task that destroys the actor": withContext((c, { destroyKey }) => {
    c.spawnTask("removing", () => destroyKey());
  }),
  "a timer": withContext((c) => void c.every("often", 10, () => {})),
  "a timer that throws": withContext((c) => void c.after("failing", 10, boom)),
  "a child": withContext((c) => void c.spawnChild(child)),
  "a child that fails": withContext((c) => c.spawnChild(child).tell.fail()),
};

/** By name, what code of a keyed actor may do. */
export const HOOK_ACTIONS: Readonly<Record<string, HookAction>> = {
  ...throws,
  ...ends,
  ...messages,
  ...writes,
  ...work,
};
