import assert from "node:assert/strict";
import { it } from "node:test";
import {
  type ActorContext,
  type ActorSystem,
  type AwakeHold,
  defineActor,
  defineKeyedActor,
  type Inbox,
  type KeyedContext,
  type KeyedRef,
  type Outbox,
  queue,
  type RefOf,
  type Schedule,
  SleepReason,
  type StopReason,
  type UntypedHandlers,
} from "../../src/index.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

const handlers = { noop() {} };

interface ReminderMessages {
  remind(text: string, atMs: number): string;
  deliver(text: string): void;
  forget(id: string): Promise<boolean>;
}

/** Compiled, never run: every directive marks an error that has to stay one. */
export function input(system: ActorSystem): void {
  const limiter = defineKeyedActor("limiter", {
    state: (given: { readonly perMinute: number }, key) => {
      expectType<Same<typeof key, readonly string[]>>();
      return { ...given, tokens: given.perMinute };
    },
    onCreate(_c, given) {
      expectType<Same<typeof given, { readonly perMinute: number }>>();
    },
    handlers: { allow: (c) => c.state.tokens > 0 },
  });
  const plain = defineKeyedActor("plain", { handlers });

  system.get(limiter, "a", { input: { perMinute: 60 } });
  system.get(limiter, ["a", "b"]); // the actor exists already
  system.get(plain, "a");
  // @ts-expect-error: a wrong input
  system.get(limiter, "a", { input: { perHour: 60 } });
  // @ts-expect-error: a wrong type of an input
  system.get(limiter, "a", { input: { perMinute: "60" } });
  // @ts-expect-error: an input that is not used
  system.get(plain, "a", { input: 1 });
  // @ts-expect-error: a key is a text
  system.get(plain, 1);
  // @ts-expect-error: a key is needed
  system.get(plain);
}

/** Compiled, never run. */
export async function refs(system: ActorSystem): Promise<void> {
  const cart = defineKeyedActor("cart", {
    state: () => ({ lines: {} as Record<string, number> }),
    handlers: {
      add(c, item: string, quantity: number) {
        c.state.lines[item] = quantity;
        return c.state.lines;
      },
      async clear(c) {
        c.state.lines = {};
      },
    },
  });
  const alice = system.get(cart, "alice");

  const lines = await alice.ask.add("lamp", 2);
  expectType<Same<typeof lines, Record<string, number>>>();
  expectType<Same<typeof alice, RefOf<typeof cart>>>();
  expectType<Same<ReturnType<typeof alice.tell.clear>, void>>();
  expectType<Same<ReturnType<typeof alice.ask.clear>, Promise<void>>>();
  const patient = alice.with({ timeoutMs: 1 });
  expectType<Same<typeof patient, typeof alice>>();
  expectType<Same<typeof alice.key, readonly string[]>>();
  await Promise.all([alice.sleep(), alice.destroy(), alice.stop(), alice.whenReady()]);
  // @ts-expect-error: an unknown message
  alice.ask.remove("lamp");
  // @ts-expect-error: a wrong argument
  alice.tell.add("lamp", "2");
  // @ts-expect-error: a queue that the actor does not have
  alice.queue.files.send({});
  const { keys, cursor } = await system.keys(cart, { prefix: ["a"], state: "asleep", limit: 10 });
  expectType<Same<typeof cursor, string | undefined>>();
  expectType<Same<(typeof keys)[number]["key"], readonly string[]>>();
  await system.keys("a type that is no longer defined");
  await system.destroy("cart", ["alice"]);
  await system.destroy(cart, "alice");
  // @ts-expect-error: an unknown state
  await system.keys(cart, { state: "idle" });
}

/** Compiled, never run. */
export function kinds(system: ActorSystem): void {
  const keyed = defineKeyedActor("keyed", { handlers });
  const plain = defineActor("plain", { handlers });

  // @ts-expect-error: keyed actors are not spawned
  system.spawn(keyed);
  // @ts-expect-error: keyed actors have no pools
  system.spawnPool(keyed, { size: 2 });
  // @ts-expect-error: other actors have no key
  system.get(plain, "a");
  // @ts-expect-error: other actors are not destroyed by key
  void system.destroy(plain, "a");
  defineActor("parent", {
    handlers: {
      grow(c) {
        c.system.get(keyed, "a").tell.noop(); // from every actor
        // @ts-expect-error: keyed actors are no children
        c.spawnChild(keyed);
      },
    },
  });
}

/** Compiled, never run. */
export function context(): void {
  defineKeyedActor("room", {
    state: () => ({ lines: [] as string[] }),
    queues: { files: queue<{ path: string }, number>(), notes: queue<string>() },
    vars(c) {
      expectType<Same<typeof c.state, { lines: string[] }>>();
      expectType<Same<typeof c.vars, undefined>>();
      return { listeners: new Set<() => void>() };
    },
    async run(c) {
      for await (const { body, complete } of c.queue.files) {
        expectType<Same<typeof body, { path: string }>>();
        complete(1);
        // @ts-expect-error: a wrong reply
        complete("1");
      }
    },
    onWake: (c) => c.vars.listeners.clear(),
    onSleep(c, reason) {
      expectType<Same<typeof reason, SleepReason>>();
      c.vars.listeners.clear();
      // @ts-expect-error: no reason there is
      if (reason === "bored") return;
    },
    handlers: {
      async say(c, text: string) {
        expectType<Same<typeof c.vars, { listeners: Set<() => void> }>>();
        expectType<Same<typeof c.key, readonly string[]>>();
        expectType<Same<typeof c.generation, number>>();
        expectType<Same<typeof c.queue.files, Inbox<{ path: string }, number>>>();
        expectType<Same<typeof c.self.queue.notes, Outbox<string, void>>>();
        expectType<Same<ReturnType<typeof c.awakeReasons>, readonly AwakeHold[]>>();
        const next = await c.queue.notes.next({ timeoutMs: 1 });
        next?.complete();
        const kept = await c.keepAwake(Promise.resolve(text));
        expectType<Same<typeof kept, string>>();
        c.state = { lines: [text] };
        c.after("later", 1, () => c.sleep());
        c.link(c.self);
        // @ts-expect-error: a wrong state
        c.state.lines.push(1);
        // @ts-expect-error: keyed actors sleep, or are destroyed
        c.stop();
        // @ts-expect-error: a wrong body
        c.queue.files.send({ file: "a" });
        // @ts-expect-error: the key is not the actor's to change
        c.key = ["other"];
      },
    },
  });
}

/** Compiled, never run. */
export function schedules(): void {
  defineKeyedActor("reminders", {
    messages: {} as ReminderMessages,
    onCreate: (c) => c.schedule.cron("digest", "0 8 * * 1", { missed: "run_once" }).deliver("week"),
    handlers: {
      remind(c, text, atMs) {
        const schedule = c.schedule.at(atMs).deliver(text);
        expectType<Same<typeof schedule, Schedule>>();
        c.schedule.after(1, { id: "a" }).forget("b");
        // @ts-expect-error: a wrong argument
        c.schedule.after(1).deliver(1);
        // @ts-expect-error: a missing argument
        c.schedule.at(new Date()).remind("text");
        // @ts-expect-error: no such message
        c.schedule.after(1).digest();
        // @ts-expect-error: an unknown policy
        c.schedule.cron("a", "* * * * *", { missed: "all" }).deliver("a");
        return schedule.id;
      },
      deliver: (c, text) => c.log.info({ text }, "reminder"),
      forget: async (c, id) => c.schedule.cancel(id),
    },
  });
  defineKeyedActor("undeclared", {
    handlers: { start: (c) => c.schedule.after(1)["start"]?.("is checked when it is set")?.id },
  });
  // @ts-expect-error: a declared message without a handler
  defineKeyedActor("incomplete", { messages: {} as ReminderMessages, handlers: { deliver() {} } });
}

/** Compiled, never run. */
export function options(): void {
  defineKeyedActor("profile", {
    version: 2,
    state: () => ({ first: "", last: "" }),
    migrate: (old, from) => ({ first: String(old), last: String(from) }),
    handlers,
  });
  defineKeyedActor("profile", {
    version: 2,
    state: () => ({ a: 1 }),
    // @ts-expect-error: `migrate` returns a state of the current version
    migrate: () => ({}),
    handlers,
  });
  // @ts-expect-error: a hook of other actors
  defineKeyedActor("wrong", { onStart() {}, handlers });
  // @ts-expect-error: an unknown mode
  defineKeyedActor("wrong", { save: "always", handlers });
  // @ts-expect-error: a duration is a number
  defineKeyedActor("wrong", { idleMs: "1s", handlers });
  // @ts-expect-error: a migration needs its text
  defineKeyedActor("wrong", { database: { migrations: [{ name: "001" }] }, handlers });
  // @ts-expect-error: handlers are required
  defineKeyedActor("none", {});
  defineKeyedActor("waiting", { mailbox: { whenFull: "wait" }, handlers });
}

/** Compiled, never run. */
export function waiting(system: ActorSystem): void {
  const patient = defineKeyedActor("patient", { mailbox: { whenFull: "wait" }, handlers });

  expectType<Same<ReturnType<ReturnType<typeof get>["tell"]["noop"]>, Promise<void>>>();
  function get(): RefOf<typeof patient> {
    return system.get(patient, "a");
  }
}

/** Compiled, never run. */
export function general(
  anyRef: KeyedRef<UntypedHandlers>,
  own: KeyedContext<{ n: number }>,
): readonly unknown[] {
  const context: Omit<ActorContext<{ n: number }>, "stop" | "self"> = own;
  const reason: StopReason = SleepReason.Evicted;
  return [anyRef.ask["any"]?.(1), context, reason];
}

it("keyed actors are typed: tsc has compiled this file", () => {
  const compiled = [input, refs, kinds, context, schedules, options, waiting, general];

  for (const each of compiled) assert.equal(typeof each, "function");
});
