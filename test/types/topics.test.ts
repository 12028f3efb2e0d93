import assert from "node:assert/strict";
import { it } from "node:test";
import { type ActorSystem, createTopic, defineActor } from "../../src/index.ts";
import { expectType, type Same } from "../_support/telemetry-types.ts";

interface Order {
  readonly item: string;
  readonly cents: number;
}

const clerk = defineActor("clerk", {
  mailbox: { whenFull: "wait" },
  handlers: {
    take(_c, _order: Order) {},
    takeAny(_c, _order: { readonly item: string }) {},
    takeMaybe(_c, _order: Order, _note?: string) {},
    count(_c, _items: number) {},
    noted(_c, _order: Order, _note: string) {},
    ping() {},
  },
});

/** Compiled, never run: every directive marks an error that has to stay one. */
export async function topics(system: ActorSystem): Promise<void> {
  const topic = createTopic<Order>("orders");
  const ref = system.spawn(clerk);
  topic.subscribe(ref, "take", { filter: (order) => order.cents > 0 });
  topic.subscribe(ref, "takeAny");
  topic.subscribe(ref, "takeMaybe");
  // @ts-expect-error: a message that takes something else
  topic.subscribe(ref, "count");
  // @ts-expect-error: a message that wants more
  topic.subscribe(ref, "noted");
  // @ts-expect-error: a message that takes nothing
  topic.subscribe(ref, "ping");
  // @ts-expect-error: an unknown message
  topic.subscribe(ref, "nope");
  // @ts-expect-error: not what is published
  topic.publish("order");
  // @ts-expect-error: an unknown policy
  createTopic<Order>("orders", { delivery: "lose" });
  const got = topic.publish({ item: "lamp", cents: 1 });
  expectType<Same<typeof got, number>>();
  const waiting = createTopic<Order>("orders", { delivery: "wait", timeoutMs: 1 });
  const promised = waiting.publish({ item: "lamp", cents: 1 });
  expectType<Same<typeof promised, Promise<number>>>();
  const dropping = createTopic<Order>("orders", { delivery: "drop" });
  expectType<Same<typeof dropping, typeof topic>>();
  defineActor("self", {
    onStart: (c) => topic.subscribe(c.self, "anything"),
    handlers: { anything(_c, _order: Order) {} },
  });
}

it("types of topics are checked by the compiler", () => assert.ok(topics));
