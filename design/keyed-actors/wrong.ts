import { createSystem, defineKeyedActor } from "./keyed.ts";
const limiter = defineKeyedActor("limiter", { state: (input: { n: number }) => ({ ...input }), handlers: { allow: (c) => c.state.n > 0 } });
const system = createSystem();
// @ts-expect-error wrong input
system.get(limiter, "a", { input: { m: 1 } });
// @ts-expect-error unknown message
system.get(limiter, "a").ask.nope();
// @ts-expect-error keyed actors are not spawned
system.spawn(limiter);
interface M { a(n: number): void }
defineKeyedActor("m", { messages: {} as M, handlers: { a(c, n) {
  // @ts-expect-error wrong argument
  c.schedule.after(1).a("x");
  // @ts-expect-error no such message
  c.schedule.after(1).b();
  c.schedule.after(n).a(n);
} } });
