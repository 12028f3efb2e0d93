import assert from "node:assert/strict";
import { it } from "node:test";
import {
  type ActorContext,
  type ActorRef,
  type ActorSystem,
  type Asks,
  createSystem,
  defineActor,
  type Failure,
  type UntypedHandlers,
} from "../../src/index.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

const handlers = { noop() {} };

/** Compiled, never run: every directive marks an error that has to stay one. */
export function state(): void {
  defineActor("typed", {
    state: () => ({ count: 0, name: "a" as "a" | "b" }),
    onStart(c) {
      expectType<Same<typeof c, ActorContext<{ count: number; name: "a" | "b" }>>>();
      // @ts-expect-error: no such field
      c.state.missing = 1;
    },
    handlers: {
      add(c, amount: number) {
        c.state.count += amount;
        // @ts-expect-error: a wrong type of a field
        c.state.count = "1";
        // @ts-expect-error: not one of the choices
        c.state.name = "c";
        // @ts-expect-error: the identity is not the actor's to change
        c.id = "other";
      },
    },
  });
  defineActor("stateless", {
    handlers: {
      look(c) {
        expectType<Same<typeof c.state, undefined>>();
      },
    },
  });
}

/** Compiled, never run. */
export function input(system: ActorSystem): void {
  const named = defineActor("named", {
    state: (given: { readonly name: string }) => ({ greeting: `hello ${given.name}` }),
    handlers: { greet: (c) => c.state.greeting },
  });
  const plain = defineActor("plain", { handlers });

  system.spawn(named, { input: { name: "alice" } });
  system.spawn(named, { name: "first", input: { name: "alice" } });
  system.spawn(plain);
  system.spawn(plain, { name: "second" });
  // @ts-expect-error: the input is missing altogether
  system.spawn(named);
  // @ts-expect-error: the input is missing from the options
  system.spawn(named, { name: "first" });
  // @ts-expect-error: a wrong input
  system.spawn(named, { input: { name: 1 } });
  // @ts-expect-error: an input nobody wants
  system.spawn(plain, { input: 1 });
  // @ts-expect-error: an unknown option
  system.spawn(plain, { id: "second" });
  const found = system.find(named, "first");
  expectType<Same<Exclude<typeof found, undefined>["ask"]["greet"], () => Promise<string>>>();
  // @ts-expect-error: there may be none
  found.tell.greet();
}

/** Compiled, never run. */
export function fullMailbox(system: ActorSystem): void {
  const waiting = system.spawn(defineActor("waiting", { mailbox: { whenFull: "wait" }, handlers }));
  const rejecting = system.spawn(
    defineActor("rejecting", { mailbox: { whenFull: "reject" }, handlers }),
  );
  const unsaid = system.spawn(defineActor("unsaid", { mailbox: { limit: 1 }, handlers }));

  const waited = waiting.tell.noop();
  expectType<Same<typeof waited, Promise<void>>>();
  const rejected = rejecting.tell.noop();
  expectType<Same<typeof rejected, void>>();
  const told = unsaid.tell.noop();
  expectType<Same<typeof told, void>>();
  // @ts-expect-error: nothing to wait for where a full mailbox rejects
  rejecting.tell.noop().then(() => {});
  // @ts-expect-error: a ref that rejects gives no promise to wait for
  const wrong: typeof waiting = rejecting;
  void wrong;
}

/** Compiled, never run. */
export function children(): void {
  const child = defineActor("child", {
    state: (limit: number) => ({ limit }),
    handlers: { over: (c, value: number) => value > c.state.limit },
  });
  defineActor("parent", {
    state: (): { child: ActorRef<typeof child.options.handlers> | undefined } => ({
      child: undefined,
    }),
    handlers: {
      async grow(c) {
        const ref = c.spawnChild(child, { input: 3 });
        c.state.child = ref;
        const over = await ref.ask.over(4);
        expectType<Same<typeof over, boolean>>();
        // @ts-expect-error: the input of a child is missing
        c.spawnChild(child);
        // @ts-expect-error: a wrong input of a child
        c.spawnChild(child, { input: "3" });
        // @ts-expect-error: a wrong argument of a child's message
        ref.tell.over("4");
        // @ts-expect-error: an unknown message of a child
        ref.tell.under(4);
      },
      beside(c) {
        const task = c.spawnTask("upload", async (signal) => {
          expectType<Same<typeof signal, AbortSignal>>();
        });
        expectType<Same<typeof task.settled, Promise<void>>>();
        // @ts-expect-error: work is a function
        c.spawnTask("upload", Promise.resolve());
        // @ts-expect-error: a timer wants a delay
        c.after("alarm", () => {});
        const { self } = c;
        expectType<Same<typeof self, ActorRef<UntypedHandlers>>>();
        expectType<Same<Asks<UntypedHandlers>, typeof self.ask>>();
      },
    },
  });
}

/** Compiled, never run. */
export function supervision(system: ActorSystem): void {
  const child = defineActor("child", { state: (limit: number) => ({ limit }), handlers });
  const plain = defineActor("plain", { handlers });
  defineActor("parent", {
    supervision: { strategy: "rest_for_one", maxRestarts: 10, windowMs: 1_000 },
    restart: { policy: "transient", backoff: { initialMs: 10, jitter: 0 } },
    onFailure: (_c, failure) => (failure.phase === "child" ? "escalate" : undefined),
    onTerminated(c, ref, reason, error) {
      expectType<Same<typeof error, Error | undefined>>();
      expectType<Same<typeof ref, ActorRef<UntypedHandlers>>>();
      if (reason === "link_died") c.unlink(ref);
      // @ts-expect-error: no reason there is
      if (reason === "bored") c.stop();
    },
    handlers: {
      grow(c) {
        const ref = c.spawnChild(plain, { restart: { maxRestarts: 1 } });
        c.spawnChild(child, { input: 3, restart: { policy: "never" } });
        // @ts-expect-error: the input of a child is missing
        c.spawnChild(child, { restart: { policy: "never" } });
        // @ts-expect-error: an unknown policy
        c.spawnChild(plain, { restart: { policy: "temporary" } });
        c.link(ref);
        c.watch(c.self);
        // @ts-expect-error: a ref is needed, not a definition
        c.link(plain);
        // @ts-expect-error: a ref is needed, not an id
        c.watch(ref.id);
      },
    },
  });
  // @ts-expect-error: an unknown strategy
  defineActor("wrong", { supervision: { strategy: "all" }, handlers });
  // @ts-expect-error: an unknown option of a back-off
  defineActor("wrong", { restart: { backoff: { delayMs: 1 } }, handlers });
  // @ts-expect-error: nobody above a top-level actor overrules its definition
  system.spawn(plain, { restart: { maxRestarts: 1 } });
  // @ts-expect-error: a directive is decided at once
  defineActor("wrong", { onFailure: async () => "stop" as const, handlers });
}

/** Compiled, never run. */
export function options(): void {
  // @ts-expect-error: handlers are required
  defineActor("none", {});
  // @ts-expect-error: a handler is a function
  defineActor("wrong", { handlers: { noop: 1 } });
  // @ts-expect-error: an unknown policy for full mailboxes
  defineActor("wrong", { mailbox: { whenFull: "drop" }, handlers });
  // @ts-expect-error: an unknown restart policy
  defineActor("wrong", { restart: { policy: "always" }, handlers });
  // @ts-expect-error: an unknown relation of tells
  defineActor("wrong", { tracing: { tell: "parent" }, handlers });
  // @ts-expect-error: an unknown option of a definition
  defineActor("wrong", { handlers, retries: 3 });
  // @ts-expect-error: a limit is a number
  defineActor("wrong", { mailbox: { limit: "10" }, handlers });
  defineActor("right", {
    onStop(_c, reason) {
      if (reason === "restart" || reason === "shutdown") return;
      // @ts-expect-error: no reason there is
      if (reason === "bored") return;
    },
    onFailure(_c, failure) {
      expectType<Same<typeof failure, Failure>>();
      return failure.phase === "task" ? "resume" : undefined;
    },
    handlers,
  });
  // @ts-expect-error: an unknown directive
  defineActor("wrong", { onFailure: () => "retry", handlers });

  createSystem({ tracing: { rootSampleRatio: 0.1 }, metrics: false });
  // @ts-expect-error: an unknown option of a system
  createSystem({ timeoutMs: 1 });
  // @ts-expect-error: a wrong type of an option
  createSystem({ askTimeoutMs: "1s" });
  // @ts-expect-error: a meter provider is needed
  createSystem({ metrics: {} });
  createSystem({ actors: [defineActor("right", { state: (of: number) => ({ of }), handlers })] });
  // @ts-expect-error: definitions are needed, not names
  createSystem({ actors: ["right"] });
  // @ts-expect-error: definitions are needed, not what looks a little like them
  createSystem({ actors: [{ type: "right" }] });
  // @ts-expect-error: a definition is needed
  createSystem().spawn({ type: "mine" });
}

it("definitions are typed: tsc has compiled this file", () => {
  for (const compiled of [state, input, fullMailbox, children, supervision, options]) {
    assert.equal(typeof compiled, "function");
  }
});
