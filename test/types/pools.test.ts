import assert from "node:assert/strict";
import { it } from "node:test";
import { type ActorRef, type ActorSystem, defineActor, type PoolRef } from "../../src/index.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

const adder = defineActor("adder", {
  state: (start: number) => ({ sum: start }),
  handlers: { add: (c, amount: number) => c.state.sum + amount },
});
const waiter = defineActor("waiter", { mailbox: { whenFull: "wait" }, handlers: { noop() {} } });

/** Compiled, never run: every directive marks an error that has to stay one. */
export async function pools(system: ActorSystem): Promise<void> {
  const pool = system.spawnPool(adder, { size: 2, input: 1 });
  expectType<Same<typeof pool, PoolRef<typeof adder.options.handlers>>>();
  expectType<Same<typeof pool.refs, readonly ActorRef<typeof adder.options.handlers>[]>>();
  const sum = await pool.ask.add(1);
  expectType<Same<typeof sum, number>>();
  const told = pool.tell.add(1);
  expectType<Same<typeof told, void>>();
  const all = await pool.broadcast.ask.add(1);
  expectType<Same<typeof all, PromiseSettledResult<number>[]>>();
  const count = pool.broadcast.tell.add(1);
  expectType<Same<typeof count, number>>();
  const waiters = system.spawnPool(waiter, { size: 2 });
  const waited = waiters.tell.noop();
  expectType<Same<typeof waited, Promise<void>>>();
  const counted = waiters.broadcast.tell.noop();
  expectType<Same<typeof counted, Promise<number>>>();
  // @ts-expect-error: a wrong argument
  await pool.with({ timeoutMs: 1 }).ask.add("1");
  // @ts-expect-error: an unknown message
  pool.tell.remove(1);
  // @ts-expect-error: the input is missing
  system.spawnPool(adder, { size: 2 });
  // @ts-expect-error: an input nobody wants
  system.spawnPool(waiter, { size: 2, input: 1 });
  // @ts-expect-error: the size is missing
  system.spawnPool(waiter, {});
  // @ts-expect-error: an unknown route
  system.spawnPool(waiter, { size: 1, route: "random" });
  // @ts-expect-error: options are required
  system.spawnPool(waiter);
}

it("types of pools are checked by the compiler", () => assert.ok(pools));
