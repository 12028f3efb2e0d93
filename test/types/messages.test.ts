import assert from "node:assert/strict";
import { it } from "node:test";
import { type ActorRef, type ActorSystem, defineActor } from "../../src/index.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

const account = defineActor("account", {
  state: () => ({ balance: 0, history: [] as string[] }),
  handlers: {
    deposit(c, amount: number) {
      c.state.balance += amount;
      return c.state.balance;
    },
    async list(c, limit?: number) {
      return c.state.history.slice(0, limit);
    },
    choose: (_c, side: "left" | "right", times: number) => (side === "left" ? times : undefined),
    close(c) {
      c.stop();
    },
    rest: (_c, ...parts: string[]) => parts.length,
  },
});

/** Compiled, never run: every directive marks an error that has to stay one. */
export async function messages(system: ActorSystem): Promise<void> {
  const ref = system.spawn(account);
  const limited = ref.with({ timeoutMs: 200 });

  const balance = await ref.ask.deposit(1);
  expectType<Same<typeof balance, number>>();
  const history = await ref.ask.list();
  expectType<Same<typeof history, string[]>>();
  const chosen = await ref.ask.choose("left", 2);
  expectType<Same<typeof chosen, number | undefined>>();
  const closed = ref.ask.close();
  expectType<Same<typeof closed, Promise<void>>>();
  await ref.ask.rest("a", "b");
  const told = ref.tell.deposit(1);
  expectType<Same<typeof told, void>>();

  // @ts-expect-error: a wrong argument of an ask
  await ref.ask.deposit("1");
  // @ts-expect-error: a wrong argument of a tell
  ref.tell.deposit("1");
  // @ts-expect-error: a missing argument
  await ref.ask.deposit();
  // @ts-expect-error: an argument too many
  ref.tell.deposit(1, 2);
  // @ts-expect-error: not one of the choices
  await ref.ask.choose("middle", 1);
  // @ts-expect-error: a wrong optional argument
  await ref.ask.list("all");
  // @ts-expect-error: an unknown message of an ask
  await ref.ask.withdraw(1);
  // @ts-expect-error: an unknown message of a tell
  ref.tell.withdraw(1);
  // @ts-expect-error: the context is the runtime's to give
  await ref.ask.deposit({}, 1);
  // @ts-expect-error: a wrong result
  const text: string = await ref.ask.deposit(1);
  // @ts-expect-error: an ask gives a promise
  const now: number = ref.ask.deposit(1);
  // @ts-expect-error: the sides of a ref cannot be replaced
  ref.ask = limited.ask;
  void [text, now];
}

/** Compiled, never run. */
export async function calls(system: ActorSystem): Promise<void> {
  const ref = system.spawn(account);
  const limited = ref.with({ timeoutMs: 200, signal: AbortSignal.timeout(1) });
  expectType<Same<typeof limited, typeof ref>>();
  await limited.ask.deposit(1);

  // @ts-expect-error: an unknown option of a call
  ref.with({ timeout: 200 });
  // @ts-expect-error: a wrong type of an option
  ref.with({ timeoutMs: "200" });
  // @ts-expect-error: a controller is no signal
  ref.with({ signal: new AbortController() });

  const reason = await ref.whenStopped();
  // @ts-expect-error: no reason there is
  if (reason === "bored") return;
  // @ts-expect-error: an actor's messages are not another's
  const wrong: ActorRef<{ withdraw(c: never, amount: number): void }> = ref;
  const right: ActorRef<{ deposit(c: never, amount: number): number }> = ref;
  void [wrong, right];
}

it("messages are typed: tsc has compiled this file", () => {
  assert.equal(typeof messages, "function");
  assert.equal(typeof calls, "function");
});
